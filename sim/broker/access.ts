/**
 * Who may write and read what on a broker: each lock below its own topics, and nowhere else. examples/mosquitto says the
 * same to Mosquitto.
 */
import { LOCK_ID, TOPIC_ROOT } from '../../protocol/index.ts';

export interface BrokerAccess {
  mayPublish(user: string, topic: string): boolean;
  /** Of a filter, wildcards and all. */
  maySubscribe(user: string, filter: string): boolean;
}

/** Topic filters, as in a subscription. */
export interface Rights {
  readonly write: readonly string[];
  readonly read: readonly string[];
}

/** A lock, whose user name is its id, has its own tree, and nobody else has anything. */
export const ownTrees = (root: string = TOPIC_ROOT): BrokerAccess =>
  accessBy((user) => {
    const own = [`${root}/${user}/#`];
    return LOCK_ID.test(user) ? { write: own, read: own } : undefined;
  });

/** Everybody has what is said of his name. */
export function accessBy(rightsOf: (user: string) => Rights | undefined): BrokerAccess {
  return {
    mayPublish: (user, topic) => rightsOf(user)?.write.some((allowed) => isWithin(topic, allowed)) ?? false,
    maySubscribe: (user, filter) => rightsOf(user)?.read.some((allowed) => isWithin(filter, allowed)) ?? false,
  };
}

/**
 * Whether everything that the filter could match, the other one matches, too (MQTT 5 §4.7.1). A shared subscription
 * (`$share/…`) begins with a level that no right has, and so is within none.
 */
function isWithin(filter: string, allowed: string): boolean {
  const levels = filter.split('/');
  const rights = allowed.split('/');
  for (const [i, right] of rights.entries()) {
    if (right === '#') return true;
    const level = levels[i];
    if (level === undefined || level === '#') return false;
    if (right !== '+' && right !== level) return false;
  }
  return levels.length === rights.length;
}
