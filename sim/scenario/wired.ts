/** What a product lacks for something to happen to it: told alike whether somebody does it, breaks it or expects it. */
import type { Profile } from '../../firmware/lock/profiles/index.ts';
import type { Contact } from '../../firmware/ports/index.ts';

/** Why nothing comes of a contact behind this profile, or undefined where it is wired. */
export const lacks = ({ name, contacts }: Profile, contact: Contact): string | undefined =>
  contacts.includes(contact) ? undefined : `a ${name} has no ${contact}`;

export const lacksBattery = ({ name, battery }: Profile): string | undefined =>
  battery === undefined ? `a ${name} has no battery` : undefined;
