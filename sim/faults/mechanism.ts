/** Bolt, drive and contacts. */
import { CONTACTS } from '../../firmware/ports/index.ts';
import { flag, whole, word } from '../scenario/kinds.ts';
import { lacks } from '../scenario/wired.ts';
import type { FaultKind } from './catalogue.ts';
import { fault } from './define.ts';

const contact = word(CONTACTS);

export const MECHANISM = {
  jam: fault({
    help: 'the bolt cannot go above, or below, a place on its way (per mille; 1000 is thrown): dust, a door under load',
    must: 'jammed after its travel time, LockJammed; bounded tries with longer and longer pauses; cleared by observed motion',
    parameters: { above: whole(0, 1000), below: whole(0, 1000) },
    clash: ({ above = 1000, below = 0 }) =>
      below > above
        ? {
            why: `no place is left to a bolt that goes neither above ${above} nor below ${below}`,
            next: 'give a below of at most above',
          }
        : undefined,
    begin: ({ stage }, { above, below }) =>
      stage.plant.fail({
        type: 'jam',
        above: above ?? (below === undefined ? 500 : 1000),
        ...(below === undefined ? {} : { below }),
      }),
  }),
  slip: fault({
    help: 'the drive turns, and the bolt does not: a coupling that has come loose',
    must: 'locked and unlocked are what contacts say: jammed after its travel time',
    begin: ({ stage }) => stage.plant.fail({ type: 'slip' }),
  }),
  stall: fault({
    help: 'the bolt stands where it is, and the motor draws on',
    must: 'the drive is let go by its current or its time, whichever is first; jammed',
    begin({ stage }) {
      const { bolt } = stage.plant.truth();
      return stage.plant.fail({ type: 'jam', above: bolt, below: bolt });
    },
  }),
  'slow-bolt': fault({
    help: 'the bolt takes that many times as long: cold grease, a weak battery',
    must: 'it arrives and counts, within its longest travel; beyond that it is jammed, until it is seen to move',
    parameters: { times: whole(2, 100) },
    begin: ({ stage }, { times = 3 }) => stage.plant.fail({ type: 'slow', times }),
  }),
  'sensor-stuck': fault({
    help: 'a contact shows the same, whatever is so: a magnet, a bent blade',
    must: 'what contradicts another contact is SensorConflict or jammed; a bolt is not thrown at a door that is seen open',
    parameters: { contact, closed: flag },
    lacking: (profile, { contact: which = 'bolt_thrown' }) => lacks(profile, which),
    begin: ({ stage }, { contact: which = 'bolt_thrown', closed = true }) =>
      stage.plant.fail({ type: 'stuck', contact: which, closed }),
  }),
  'wire-cut': fault({
    help: 'a contact is not connected any more, and reads as open',
    must: 'it reads as the worse of the two: a door that is open, a cover that is off, an ignition that is on',
    parameters: { contact },
    lacking: (profile, { contact: which = 'door_closed' }) => lacks(profile, which),
    begin: ({ stage }, { contact: which = 'door_closed' }) => stage.plant.fail({ type: 'cut', contact: which }),
  }),
  bounce: fault({
    help: 'a contact flickers, a thousand times a second',
    must: 'what does not hold still counts for nothing: SensorConflict, and no flood of events',
    parameters: { contact },
    lacking: (profile, { contact: which = 'door_closed' }) => lacks(profile, which),
    begin: ({ stage }, { contact: which = 'door_closed' }) => stage.plant.fail({ type: 'flicker', contact: which }),
  }),
} as const satisfies Record<string, FaultKind>;
