/** The virtual board wired as hardware-notes.md says: everything where the firmware's own wiring looks for it. */
import { pulseUs } from '../../firmware/boards/servo-bolt.ts';
import type { DriveWiring, Wiring } from '../../firmware/boards/wiring.ts';
import { type VirtualFirmata, type VirtualFirmataOptions, virtualFirmata } from './virtual-firmata.ts';
import type { BoardWiring, DriverWiring } from './wires.ts';

export interface UnoOptions extends Pick<VirtualFirmataOptions, 'clock' | 'plant' | 'onReceived'> {
  readonly wiring: Wiring;
}

export const virtualUno = ({ wiring, ...rest }: UnoOptions): VirtualFirmata =>
  virtualFirmata({ ...rest, wiring: solderedAs(wiring) });

/** From what the firmware believes to what is there: the same pins. */
function solderedAs({ drive, contacts, battery }: Wiring): BoardWiring {
  return {
    drive: driverOf(drive),
    contacts,
    ...(battery === undefined
      ? {}
      : { battery: { at: battery.analog, upperOhms: battery.upperOhms, lowerOhms: battery.lowerOhms } }),
  };
}

function driverOf(drive: DriveWiring): DriverWiring {
  switch (drive.type) {
    case 'servo':
      return {
        type: 'servo',
        pin: drive.pin,
        withdrawnUs: pulseUs(drive.withdrawnDegrees),
        thrownUs: pulseUs(drive.thrownDegrees),
      };
    case 'motor':
      return {
        type: 'motor',
        withdraw: drive.withdrawPin,
        throw: drive.throwPin,
        ...(drive.stall === undefined ? {} : { currentAt: drive.stall.analog }),
      };
    case 'strike':
    case 'pulse':
      return { type: 'relay', pin: drive.pin, activeLow: drive.activeLow !== undefined };
  }
}
