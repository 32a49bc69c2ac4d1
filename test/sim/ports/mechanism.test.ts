/** A wire that stalls, and what was switched on this side of it meanwhile. */
import { describe, expect, it } from 'vitest';
import { BOLT_THROWN, type PlantKind, plant } from '../../../sim/plant/plant.ts';
import { type SimDrive, simMechanism } from '../../../sim/ports/mechanism.ts';
import { virtualClock } from '../../../sim/time/clock.ts';
import { prng } from '../../../sim/time/prng.ts';

const TRAVEL_MS = 400;
const DRIVE_MS = 1_500;

function board(kind: PlantKind, drive: SimDrive) {
  const clock = virtualClock({ startWallMs: 0 });
  const door = plant({ clock, prng: prng(1), kind, travelMs: TRAVEL_MS, bounceMsMax: 0, bolt: BOLT_THROWN });
  const mechanism = simMechanism({ clock, plant: door, drive });
  const told: string[] = [];
  mechanism.start((event) => told.push(event.type));
  clock.advance(1);
  return { clock, door, mechanism, told };
}

const PULSE = { type: 'pulse', pulseMs: 500 } as const;
const MOTOR = { type: 'motor', driveMsMax: DRIVE_MS, stall: { millivolts: 500, ms: 150 } } as const;

describe('a wire that stalls', () => {
  it.each([
    ['trunk', PULSE],
    ['strike', { type: 'strike', pulseMs: 500 }],
    ['motor', MOTOR],
  ] as const)('brings what was ended in it to a %s as nothing at all', (kind, drive) => {
    const { clock, door, mechanism } = board(kind, drive);
    mechanism.stall(true);
    mechanism.drive('withdraw');
    clock.advance(DRIVE_MS + 1);
    expect(door.truth()).toMatchObject({ driven: 'none', withdrawals: 0 });
    mechanism.stall(false);
    expect(door.truth().driven).toBe('none');
    clock.advance(DRIVE_MS);
    expect(door.truth()).toMatchObject({ bolt: BOLT_THROWN, driven: 'none', doorOpen: false });
  });

  it('that lets go in time brings what is left of a pulse', () => {
    const { clock, door, mechanism } = board('trunk', PULSE);
    mechanism.stall(true);
    mechanism.drive('withdraw');
    clock.advance(PULSE.pulseMs - 100);
    mechanism.stall(false);
    expect(door.truth().driven).toBe('withdraw');
    clock.advance(99);
    expect(door.truth()).toMatchObject({ driven: 'withdraw', doorOpen: true });
    clock.advance(1);
    expect(door.truth().driven).toBe('none');
  });

  it('lets a motor pull on whose end it keeps, and a loss lets go of it', () => {
    const { clock, door, mechanism } = board('servo', { type: 'servo' });
    mechanism.drive('withdraw');
    mechanism.stall(true);
    mechanism.halt();
    clock.advance(100);
    expect(door.truth().driven).toBe('withdraw');
    mechanism.lose('unplugged');
    expect(door.truth().driven).toBe('none');
    mechanism.restore();
    clock.advance(1);
    // The wire is another one.
    mechanism.drive('throw');
    expect(door.truth().driven).toBe('throw');
  });

  it('hides no motor that does not get on from whoever measures its current, once it has let go', () => {
    const { clock, door, mechanism, told } = board('motor', MOTOR);
    door.fail({ type: 'jam', below: 500 });
    mechanism.stall(true);
    mechanism.drive('withdraw');
    clock.advance(50);
    mechanism.stall(false);
    expect(told).not.toContain('drive.stalled');
    clock.advance(DRIVE_MS - 60);
    expect(told).toContain('drive.stalled');
    expect(door.truth().driven).toBe('none');
  });
});
