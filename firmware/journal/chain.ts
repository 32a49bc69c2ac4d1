/**
 * What the lock signs of an event, made from its record alone: so the same record is the same report in
 * every life of the lock, and in whatever file it stands. The chain of these is a fold like all the rest of the
 * memory. Nothing is signed here: that waits until somebody is told.
 */
import { type ReportRequest, reportPayload } from '../../protocol/index.ts';
import type { EventRecord } from './records.ts';

/** An event as it is published: its stamp and its body. Its id is no other event's, not even after the lock was enrolled again. */
export function eventDocument({ seq, boot, life, ts, body }: EventRecord, audience: string) {
  const enrolment = audience.slice(audience.indexOf('/') + 1);
  return { id: `${enrolment}-${life}-${seq}`, seq, boot, ts, ...body };
}

/** The bytes that the lock signs for an event; `chain` is what the event before has come to. */
export function eventReport(record: EventRecord, audience: string, chain: Uint8Array): Uint8Array {
  const topic: ReportRequest['topic'] = `event/${record.topic}`;
  return reportPayload({ audience, topic, document: eventDocument(record, audience), chain });
}
