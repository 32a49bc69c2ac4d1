/** The lock as a library: put it together from your own parts, or from these. */
export { firmataMechanism } from './boards/firmata.ts';
export { FIRMATA_BAUD, UNO_PINS } from './boards/pins.ts';
export { systemClock } from './clock/system.ts';
export { type ClockTrust, machineTimeSource } from './clock/time-source.ts';
export { claimFolder } from './disk/claim.ts';
export { openFolder } from './disk/node-fs.ts';
export { type Identity, readIdentity } from './identity.ts';
export { CAR_TRUNK, DOOR, KEY_SAFE, PROFILES, type Profile } from './lock/profiles/index.ts';
export type { LockState } from './lock/state.ts';
export type { Level, Log } from './log.ts';
export { type Lock, type LockParts, startLock } from './main.ts';
export * from './ports/index.ts';
export { serialReader } from './readers/serial.ts';
export { mqttBroker } from './report/mqtt.ts';
export { type SerialOptions, serialTransport, type Transport } from './serial/port.ts';
export { establish, mintIdentity } from './tools/enrol.ts';
