/** The world as the lock sees it: types only. Each port has real adapters here and simulated ones in sim. */
export type { Broker, BrokerEvent, BrokerMessage, PublishOptions, Reply } from './broker.ts';
export type { Cancel, Clock } from './clock.ts';
export type { Disk } from './disk.ts';
export {
  CONTACTS,
  type Contact,
  type Direction,
  type Indication,
  type Mechanism,
  type MechanismEvent,
} from './mechanism.ts';
export type { TimeSource, Uptime, Voucher } from './time-source.ts';
export type { ReaderEvent, TokenReader } from './token-reader.ts';
export type { Witness, WitnessMark } from './witness.ts';
