import { describe, expect, test } from 'vitest';
import { firmataMechanism, type Wiring } from '../../../firmware/boards/firmata.ts';
import { systemClock } from '../../../firmware/clock/system.ts';
import { BOLT_THROWN, BOLT_WITHDRAWN } from '../../../sim/plant/plant.ts';
import { pause, until } from '../../wire/until.ts';
import { type Bench, bench, MOTOR, PINS, type Product, ready, STRIKE, WIRING } from './bench.ts';

const OUTPUT = 1;
const PULLUP = 11;

describe('the servo', () => {
  test('has no signal at start-up, and its pin is an output driven low', async () => {
    const it = bench();
    it.start();
    await ready(it);
    expect(it.board.state()).toMatchObject({ servoAttached: false, servoPulseUs: undefined });
    expect(it.board.state().modes[PINS.servo]).toBe(OUTPUT);
    expect(it.truths).toEqual([]);
  });

  test('never swings towards the middle, in twenty attachments at either end', async () => {
    const it = bench();
    it.start();
    await ready(it);
    for (const [direction, end] of [
      ['throw', BOLT_THROWN],
      ['withdraw', BOLT_WITHDRAWN],
    ] as const) {
      it.mechanism.drive(direction);
      // Told of, too: the plant is asked between two of its own wake-ups.
      const told = (): number => it.truths.at(-1)?.bolt ?? end;
      await until('the bolt is at its end', () => it.plant.truth().bolt === end && told() === end);
      it.truths.length = 0;
      for (let i = 0; i < 20; i++) {
        it.mechanism.halt();
        await until('the pulses end', () => !it.board.state().servoAttached);
        it.mechanism.drive(direction);
        await until('the pulses begin', () => it.board.state().servoPulseUs !== undefined);
        expect(it.plant.truth().bolt).toBe(end);
      }
      expect(it.truths.map(({ bolt }) => bolt)).toEqual(it.truths.map(() => end));
    }
  });

  test('gets the position in the same write as its attachment', async () => {
    const it = bench();
    it.start();
    await ready(it);
    const reads: number[][] = [];
    const receive = it.board.receive;
    it.board.receive = (bytes) => {
      reads.push([...bytes]);
      receive(bytes);
    };
    it.mechanism.drive('withdraw');
    await until('the board has heard', () => reads.length > 0);
    // The end of whatever the board took for a sysex, servoConfig 600 to 2400 µs on pin 9, then analog 800 on pin 9.
    expect(reads[0]).toEqual([0xf7, 0xf0, 0x70, 9, 0x58, 0x04, 0x60, 0x12, 0xf7, 0xe9, 0x20, 0x06]);
  });

  test('is let go of at reconnection by a board that was never reset and pulled all the while', async () => {
    const it = bench({ resetsOnOpen: false });
    it.start();
    await ready(it);
    it.mechanism.drive('withdraw');
    await until('the bolt is withdrawn', () => it.plant.truth().bolt === BOLT_WITHDRAWN);
    it.cable.cut();
    expect(it.board.state().servoAttached).toBe(true);
    await ready(it, 2);
    expect(it.board.state()).toMatchObject({ servoAttached: false, boots: 1 });
    expect(it.plant.truth()).toMatchObject({ bolt: BOLT_WITHDRAWN, driven: 'none' });
  });
});

describe('a relay', () => {
  const relayAt = (it: Bench) => it.board.state().values[STRIKE.wiring.drive.pin];

  test('is never energised at start-up, on no board and by no wiring', async () => {
    const it = bench({ product: STRIKE });
    it.start();
    await ready(it);
    await pause(40);
    expect(it.truths).toEqual([]);
    expect(relayAt(it)).toBe(0);
  });

  test('that a dead host has left energised is let go of by the first word to the board but questions', async () => {
    const it = bench({ product: STRIKE, resetsOnOpen: false });
    it.start();
    await ready(it);
    it.mechanism.drive('withdraw');
    await until('the latch is free', () => it.plant.truth().driven === 'withdraw');
    const from = it.board.state().seen.length;
    it.cable.cut();
    expect(it.plant.truth().driven).toBe('withdraw');
    await ready(it, 2);
    expect(it.plant.truth()).toMatchObject({ driven: 'none', withdrawals: 1 });
    expect(it.board.state().boots).toBe(1);
    // Version, firmware, capabilities and mapping are asked for; then level, mode and level of the relay's pin.
    const said = [...it.board.state().seen.slice(from)];
    const firstOrder = said.findIndex((byte) => byte === 0xf4 || (byte & 0xf0) === 0x90);
    const letGo = [0x90, 0, 0, 0xf4, STRIKE.wiring.drive.pin, OUTPUT, 0x90, 0, 0];
    expect(said.slice(firstOrder, firstOrder + letGo.length)).toEqual(letGo);
  });

  test.each([0, 1, 2])(
    'that a dead host has left energised is let go of, though word %i of that is garbled',
    async (nth) => {
      const it = bench({ product: STRIKE, resetsOnOpen: false });
      it.start();
      await ready(it);
      it.mechanism.drive('withdraw');
      await until('the latch is free', () => it.plant.truth().driven === 'withdraw');
      it.cable.cut();
      const { receive } = it.board;
      it.board.receive = (bytes) => {
        const words = [...bytes].flatMap((byte, at) => (byte === 0xf4 || (byte & 0xf0) === 0x90 ? [at] : []));
        const at = words[nth];
        if (at === undefined) return receive(bytes);
        it.board.receive = receive;
        receive(bytes.map((byte, i) => (i === at ? byte ^ 0x80 : byte)));
      };
      await ready(it, 2);
      expect(it.plant.truth().driven).toBe('none');
    },
  );

  test('whose letting go was lost on the wire is found energised, and let go of', async () => {
    const it = bench({ product: STRIKE, resetsOnOpen: false, checkMs: 40 });
    it.start();
    await ready(it);
    it.mechanism.drive('withdraw');
    await until('the latch is free', () => it.plant.truth().driven === 'withdraw');
    const { receive } = it.board;
    it.board.receive = (bytes) => {
      // The level of pin 7, for whose sake alone port 0 is written: the end of the pulse. A mode, if any came, is heard.
      const level = bytes.indexOf(0x90);
      if (level === -1) return receive(bytes);
      it.board.receive = receive;
      receive(bytes.slice(0, level));
    };
    await ready(it, 2);
    expect(it.log.join()).toMatch(/misheard: pin 7 is 1, not 0/);
    expect(it.plant.truth().driven).toBe('none');
  });

  test('is let go of at the end of its pulse by a board that took noise for the beginning of a sysex', async () => {
    const it = bench({ product: STRIKE });
    it.start();
    await ready(it);
    it.mechanism.drive('withdraw');
    await until('the latch is free', () => it.plant.truth().driven === 'withdraw');
    it.board.receive(Uint8Array.of(0xf0));
    await until('the pulse is over', () => it.plant.truth().driven === 'none');
    expect(it.count('board.lost')).toBe(0);
  });

  test('on a board that hears and is heard no more is let go of by the last word, though nobody ever answers', async () => {
    // A pulse that would last for the whole of this test.
    const wiring = { ...STRIKE.wiring, drive: { ...STRIKE.wiring.drive, pulseMs: 20_000 } };
    const it = bench({ product: { ...STRIKE, wiring }, resetsOnOpen: false, checkMs: 40, handshakeMsMax: 60 });
    it.start();
    await ready(it);
    it.mechanism.drive('withdraw');
    await until('the latch is free', () => it.plant.truth().driven === 'withdraw');
    const { rewire } = it.board;
    rewire(() => undefined);
    it.board.rewire = () => rewire(() => undefined);
    await until('the loss is told', () => it.count('board.lost') === 1);
    await until('the latch is held', () => it.plant.truth().driven === 'none');
    expect(it.count('board.ready')).toBe(1);
  });

  test('on a board that was reset unheard is found by the pin of a contact, since its own looks the same', async () => {
    const it = bench({ product: STRIKE, resetsOnOpen: false, checkMs: 40 });
    it.start();
    await ready(it);
    it.board.receive(Uint8Array.of(0xff));
    await ready(it, 2);
    expect(it.log.join()).toMatch(/forgotten its pins \(pin \d+ in mode [12], not 11\)/);
  });

  test('that LOW energises opens at power-up on a pin that the board drives, which is why it is refused', async () => {
    const soldered = { ...STRIKE.soldered, drive: { type: 'relay', pin: 7, activeLow: true } } as const;
    const it = bench({ product: { ...STRIKE, soldered } });
    it.board.plug(() => undefined);
    expect(it.plant.truth()).toMatchObject({ driven: 'withdraw', withdrawals: 1 });
    const wiring = {
      ...STRIKE.wiring,
      drive: { ...STRIKE.wiring.drive, activeLow: { heldAtBoot: 'external pull-up' } },
    } as const;
    const refused = bench({ product: { ...STRIKE, wiring } });
    refused.start();
    await until('it is refused', () => refused.count('board.lost') === 1);
    expect(refused.events[0]).toMatchObject({ reason: expect.stringMatching(/no pull-up holds pin 7/) });
  });

  test('that LOW energises rests on an analog pin, through start, pulse and the end of the host', async () => {
    const product: Product = {
      ...STRIKE,
      wiring: {
        ...STRIKE.wiring,
        drive: { type: 'strike', pin: 14, pulseMs: 100, activeLow: { heldAtBoot: 'external pull-up' } },
      },
      soldered: { ...STRIKE.soldered, drive: { type: 'relay', pin: 14, activeLow: true } },
    };
    const it = bench({ product, checkMs: 40 });
    it.start();
    await ready(it);
    it.mechanism.indicate('wait');
    await pause(60);
    expect(it.truths).toEqual([]);
    it.mechanism.drive('withdraw');
    await until('the latch is free', () => it.plant.truth().driven === 'withdraw');
    await until('the pulse is over', () => it.plant.truth().driven === 'none');
    await pause(100);
    expect(it.plant.truth().withdrawals).toBe(1);
    expect(it.count('board.lost')).toBe(0);
    await it.mechanism.close();
    expect(it.board.state().modes[14]).toBe(PULLUP);
  });
});

describe('a motor', () => {
  test('has both its inputs low when another host has left one of them high', async () => {
    const it = bench({ product: MOTOR, resetsOnOpen: false });
    it.plant.fail({ type: 'slip' });
    it.start();
    await ready(it);
    it.mechanism.drive('throw');
    await until('it turns', () => it.plant.truth().driven === 'throw');
    it.cable.cut();
    await ready(it, 2);
    expect(it.plant.truth().driven).toBe('none');
    expect(it.count('drive.stalled')).toBe(0);
  });

  test('is not stopped by the rush of current at its start', async () => {
    const it = bench({ product: MOTOR });
    it.start();
    await ready(it);
    it.mechanism.drive('withdraw');
    await until('the bolt has arrived', () => it.plant.truth().bolt === BOLT_WITHDRAWN);
    expect(it.count('drive.stalled')).toBe(0);
  });
});

describe('the analog pins', () => {
  test('of a board that floods with them tell of the battery no more than once a second', async () => {
    const it = bench({ product: MOTOR });
    it.start();
    await ready(it);
    await until('the battery is told', () => it.count('battery') === 1);
    for (let i = 0; i < 5_000; i++) it.board.say(Uint8Array.of(0xe0, i & 0x7f, (i >> 7) & 7, 0xe5, 1, 1));
    await pause(100);
    expect(it.count('battery')).toBe(1);
    expect(it.count('board.lost')).toBe(0);
  });

  test('are not reported by a board that measures nothing', async () => {
    const it = bench();
    it.start();
    await ready(it);
    const { seen } = it.board.state();
    expect([...seen].some((byte) => (byte & 0xf0) === 0xc0)).toBe(false);
  });
});

describe('the buzzer', () => {
  test('sounds once for a refusal and is silent again, light or no light', async () => {
    const it = bench({ product: MOTOR });
    it.start();
    await ready(it);
    const buzzer = () => it.board.state().values[MOTOR.wiring.buzzer];
    it.mechanism.indicate('refused');
    await until('it sounds', () => buzzer() === 1);
    await until('it is silent', () => buzzer() === 0);
    it.mechanism.indicate('granted');
    await until('it sounds again', () => buzzer() === 1);
    await it.mechanism.close();
    expect(buzzer()).toBe(0);
    expect(it.truths).toEqual([]);
  });
});

describe('the pins', () => {
  test('of the contacts pull up, and a contact on another port is seen too', async () => {
    const it = bench();
    it.start();
    await ready(it);
    const { modes } = it.board.state();
    for (const pin of [PINS.boltThrown, PINS.boltWithdrawn, PINS.doorClosed, PINS.bell, PINS.insideButton]) {
      expect(modes[pin]).toBe(PULLUP);
    }
    it.plant.press('inside_button', 30);
    await until('both edges have come', () =>
      [true, false].every((closed) =>
        it.events
          .slice(6)
          .some((event) => event.type === 'contact' && event.contact === 'inside_button' && event.closed === closed),
      ),
    );
  });

  test('tell each edge once, although a port reports its eight pins together', async () => {
    const it = bench();
    it.start();
    await ready(it);
    const edges: [string, boolean][] = [];
    it.plant.onContact((contact, closed) => edges.push([contact, closed]));
    const before = it.events.length;
    it.mechanism.drive('withdraw');
    it.plant.press('bell', 120);
    await until('all is quiet', () => it.plant.truth().bolt === BOLT_WITHDRAWN && !it.plant.contact('bell'));
    await pause(40);
    const heard = it.events
      .slice(before)
      .flatMap((event) => (event.type === 'contact' ? [[event.contact, event.closed]] : []));
    expect(heard).toEqual(edges);
    expect(heard.length).toBeGreaterThanOrEqual(4);
  });

  test('light the lamp steadily, by turns, and not at all', async () => {
    const it = bench();
    it.start();
    await ready(it);
    const lamp = () => it.board.state().values[PINS.led];
    it.mechanism.indicate('ready');
    await until('the lamp is lit', () => lamp() === 1);
    it.mechanism.indicate('granted');
    await until('it goes dark', () => lamp() === 0);
    await until('it is lit again', () => lamp() === 1);
    it.mechanism.indicate('off');
    await until('it is dark', () => lamp() === 0);
    expect(it.truths).toEqual([]);
  });
});

describe('a wiring that this board cannot do is a fault that names the pin', () => {
  async function whyLost(wiring: Wiring, prepare: (it: Bench) => void = () => undefined): Promise<string> {
    const it = bench();
    prepare(it);
    const lost: string[] = [];
    const wrong = firmataMechanism({ clock: systemClock(), open: it.cable.open, wiring });
    wrong.start((event) => event.type === 'board.lost' && lost.push(event.reason));
    await until('the fault is told', () => lost.length > 0);
    await wrong.close();
    return lost[0] ?? '';
  }

  test('two contacts on one', async () => {
    const wiring = { ...WIRING, contacts: { ...WIRING.contacts, bell: PINS.doorClosed } };
    expect(await whyLost(wiring)).toMatch(/pin 4 is given to door_closed and to bell/);
  });

  test('a contact on one that measures', async () => {
    const wiring = { ...MOTOR.wiring, contacts: { ...WIRING.contacts, bell: 15 } };
    expect(await whyLost(wiring)).toMatch(/pin 15 is given to bell and to A1/);
  });

  test('a contact on one that there is not', async () => {
    const wiring = { ...WIRING, contacts: { ...WIRING.contacts, bell: 42 } };
    expect(await whyLost(wiring)).toMatch(/pin 42 \(bell\) of this board cannot pull up/);
  });

  test('a voltage at an analog pin that there is not', async () => {
    const wiring = { ...MOTOR.wiring, battery: { ...MOTOR.wiring.battery, analog: 9 } };
    expect(await whyLost(wiring)).toMatch(/no analog pin A9/);
  });

  test('a relay that LOW energises on one above 13 that this board drives at boot all the same', async () => {
    const activeLow = { heldAtBoot: 'external pull-up' } as const;
    const wiring = { ...STRIKE.wiring, drive: { type: 'strike', pin: 14, pulseMs: 300, activeLow } } as const;
    // A board whose analog pins begin at 16, as far as it says.
    const mapping = [0xf0, 0x6a, ...new Array(16).fill(0x7f), 0, 1, 2, 3, 0xf7];
    const reason = await whyLost(wiring, ({ board }) => {
      const { receive } = board;
      board.receive = (bytes) => {
        if (bytes[1] === 0x69) board.say(Uint8Array.from(mapping));
        else receive(bytes);
      };
    });
    expect(reason).toMatch(/pin 14 \(strike\) is driven LOW when this board starts/);
  });
});
