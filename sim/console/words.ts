/**
 * What a person can do to the house: as a key where there is a terminal, as a word on a line where
 * there is none.
 */
import type { Answer } from '../../firmware/doorman.ts';
import type { Contact } from '../../firmware/ports/index.ts';
import { draw, modulesOf } from '../../firmware/tools/qr-drawing.ts';
import type { House } from '../house.ts';

export const WORDS = {
  ring: { key: 'r', does: 'ring the bell' },
  present: { key: 'p', does: "show a courier's token to the reader, a new one each time" },
  again: { key: 'a', does: 'show the same token again' },
  push: { key: 'd', does: 'push the door' },
  close: { key: 'c', does: 'close the door' },
  force: { key: 'f', does: 'force the door' },
  inside: { key: 'i', does: 'press the button inside' },
  take: { key: 'k', does: 'take the key out of the open safe' },
  put: { key: 'u', does: 'put the key back into the open safe' },
  broker: { key: 'b', does: 'cut the broker off, or bring it back' },
  qr: { key: 't', does: "draw the next courier's token as a QR code" },
  help: { key: '?', does: 'list these' },
  quit: { key: 'q', does: 'end the house' },
} as const satisfies Record<string, { readonly key: string; readonly does: string }>;

export type Word = keyof typeof WORDS;
export const ALL_WORDS = Object.keys(WORDS) as readonly Word[];

export const wordOfKey = (key: string): Word | undefined => ALL_WORDS.find((word) => WORDS[word].key === key);
export const wordOfLine = (line: string): Word | undefined => ALL_WORDS.find((word) => word === line.trim());

/** What came of a word, for people. */
export interface Done {
  readonly word: Word;
  readonly said: string;
  /** Of a token that was shown: what the lock made of it at once. */
  readonly answer?: Answer['kind'];
  /** A picture, drawn only where there is room for it. */
  readonly picture?: readonly string[];
}

export interface Visitor {
  do(word: Word): Promise<Done>;
  /** The QR code of the courier who comes next. */
  picture(colours: boolean): readonly string[];
}

const PRESS_MS = 120;

/** What a person sees at the reader. Every refusal shows there, whereas of its kind one a minute is an event. */
const ANSWERS: Readonly<Record<Answer['kind'], string>> = {
  admitted: '',
  refused: ': the light says refused',
  heard: '; its visit is not over, so the lock takes no notice',
};

export function visitor(house: House, colours: boolean): Visitor {
  const { plant, profile } = house;
  const fresh = (): Uint8Array => house.people.issue({ nowS: house.nowS(), action: profile.action });
  let next = fresh();
  let last: Uint8Array | undefined;

  let answer: Answer['kind'] | undefined;
  const scan = (token: Uint8Array): string => {
    answer = house.scan(house.people.show(token, house.nowS()))?.kind;
    return answer === undefined ? ', and no reader is there' : ANSWERS[answer];
  };
  const picture = (inColours: boolean): readonly string[] =>
    draw(modulesOf(house.people.show(next, house.nowS())), inColours);

  /** What this product is wired for. */
  const where = (contact: Contact, act: () => string): string =>
    profile.contacts.includes(contact) ? act() : `a ${profile.name} has no ${contact}`;
  const reach = (isIn: boolean): string => {
    const { itemPresent } = plant.truth();
    if (itemPresent === isIn) return isIn ? 'the key is in already' : 'the key is out already';
    if (!(isIn ? plant.put() : plant.take())) return 'the lid is in the way';
    return isIn ? 'the key is put back' : 'the key is taken';
  };

  const acts: Record<Word, () => Promise<string> | string> = {
    ring: () =>
      where('bell', () => {
        house.ring();
        return 'the bell is pressed';
      }),
    present() {
      last = next;
      next = fresh();
      return `a courier's token is held before the reader${scan(last)}`;
    },
    again() {
      if (last === undefined) return 'nobody has shown a token yet: present one first';
      return `the same token is held before the reader again${scan(last)}`;
    },
    push() {
      if (plant.truth().doorOpen) return 'the door is open already';
      return plant.push() ? 'the door opens' : 'the door does not give: the bolt holds it';
    },
    close() {
      if (!plant.truth().doorOpen) return 'the door is shut already';
      return plant.close() ? 'the door is shut' : 'the door does not shut: the bolt is in the way';
    },
    force() {
      plant.force();
      return 'the door is broken open';
    },
    inside: () =>
      where('inside_button', () => {
        plant.press('inside_button', PRESS_MS);
        return 'the button inside is pressed';
      }),
    take: () => where('item_present', () => reach(false)),
    put: () => where('item_present', () => reach(true)),
    async broker() {
      const { network } = house;
      await (network.isOn ? network.cut() : network.restore());
      return network.isOn
        ? 'the broker is back; what waited is told now'
        : 'the broker is gone; events wait in the journal (whoever watched it has to begin again)';
    },
    qr: () => house.people.show(next, house.nowS()),
    help: () => ALL_WORDS.map((word) => `${WORDS[word].key}  ${word.padEnd(8)} ${WORDS[word].does}`).join('\n'),
    quit: () => 'good night',
  };

  return {
    picture,
    async do(word) {
      answer = undefined;
      const said = await acts[word]();
      return {
        word,
        said,
        ...(answer === undefined ? {} : { answer }),
        ...(word === 'qr' ? { picture: picture(colours) } : {}),
      };
    },
  };
}
