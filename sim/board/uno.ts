/** The virtual board wired as hardware-notes.md says: every contact and the servo where the firmware looks for them. */
import { UNO_PINS } from '../../firmware/boards/pins.ts';
import { pulseUs, type ServoPositions } from '../../firmware/boards/servo-bolt.ts';
import { type VirtualFirmata, type VirtualFirmataOptions, virtualFirmata } from './virtual-firmata.ts';

export interface UnoOptions extends Pick<VirtualFirmataOptions, 'clock' | 'plant' | 'onReceived'> {
  /** Where the servo has the bolt at its ends. */
  readonly servo: ServoPositions;
}

export const virtualUno = ({ servo, ...rest }: UnoOptions): VirtualFirmata =>
  virtualFirmata({
    ...rest,
    wiring: {
      servo: UNO_PINS.servo,
      contacts: {
        bolt_thrown: UNO_PINS.boltThrown,
        bolt_withdrawn: UNO_PINS.boltWithdrawn,
        door_closed: UNO_PINS.doorClosed,
        bell: UNO_PINS.bell,
        inside_button: UNO_PINS.insideButton,
      },
    },
    servo: { withdrawnUs: pulseUs(servo.withdrawnDegrees), thrownUs: pulseUs(servo.thrownDegrees) },
  });
