import type { EventRecord } from '../journal/records.ts';

/** An event as a person reads it: its topic, what happened, and the rest of it. */
export function describe(record: Pick<EventRecord, 'topic' | 'body'>): string {
  const { event_type: type, ...rest } = record.body;
  const details = Object.entries(rest).map(([name, value]) => `${name}=${String(value)}`);
  return [`${record.topic} ${String(type)}`, ...details].join('  ');
}
