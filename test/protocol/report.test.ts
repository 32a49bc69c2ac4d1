import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { opensslSigner } from '../../firmware/report/signer.ts';
import {
  CHAIN_BEGINS,
  decodeBase64url,
  encodeBase64url,
  judgeReport,
  REPORT_TOPICS,
  readReport,
  reportPayload,
  saysTheSame,
  verifyStrict,
  writeReport,
} from '../../protocol/index.ts';
import { AUDIENCE, keys, seeds } from '../support/people.ts';

const signer = opensslSigner(seeds.lock);
const stamp = { id: 'x', seq: 1, boot: 1, ts: '2026-06-01T10:00:00.000Z' };
const reported = (document: object, topic = REPORT_TOPICS[1] ?? 'state') =>
  writeReport(reportPayload({ audience: AUDIENCE, topic, document, chain: CHAIN_BEGINS }), signer);

/** Whatever JSON a lock could say. */
const plain = fc.oneof(fc.string({ maxLength: 12 }), fc.boolean(), fc.maxSafeInteger());
const value = fc.oneof(
  plain,
  fc.array(plain, { maxLength: 3 }),
  fc.dictionary(fc.string({ maxLength: 6 }), plain, { maxKeys: 3 }),
);
const fields = fc.dictionary(
  fc.string({ maxLength: 8 }).filter((name) => !['seq', 'boot', 'ts', 'att', 'late', '__proto__'].includes(name)),
  value,
  { maxKeys: 4 },
);

describe('base64url', () => {
  it('is what Node makes of the same bytes, and read back comes to them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = encodeBase64url(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64url'));
        expect(decodeBase64url(text)).toEqual(bytes);
      }),
    );
  });

  it('has no second text for the same bytes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{0,8}$/), (text) => {
        const bytes = decodeBase64url(text);
        if (bytes !== undefined) expect(encodeBase64url(bytes)).toBe(text);
      }),
    );
    for (const text of ['A', 'AB', 'AA=', 'AA==', 'A A', '+/', 'AAAé']) expect(decodeBase64url(text)).toBeUndefined();
  });
});

describe('a report', () => {
  it('says what was published, whatever JSON it was, through a wire and back', () => {
    fc.assert(
      fc.property(fields, fc.constantFrom(...REPORT_TOPICS), (more, topic) => {
        const document = { ...stamp, ...more };
        const report = readReport(reported(document, topic));
        if (report === undefined) throw new Error('unreadable');
        expect(judgeReport(report, { lockKey: keys.lock, audience: AUDIENCE }, verifyStrict)).toBe('genuine');
        const came: object = JSON.parse(JSON.stringify({ ...document, att: 'x', late: true }));
        expect(saysTheSame(report, topic, came)).toBe(true);
        expect(saysTheSame(report, topic, { ...came, added: 1 })).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  it('does not say the same as a payload from which, or to which, an entry of a list was taken or added', () => {
    const report = readReport(reported({ ...stamp, alarms: ['DoorAjar', 'LockJammed'] }));
    if (report === undefined) throw new Error('unreadable');
    const says = (...alarms: readonly string[]) => saysTheSame(report, report.topic, { ...stamp, alarms });
    expect(says('DoorAjar', 'LockJammed')).toBe(true);
    for (const altered of [['DoorAjar'], [], ['LockJammed', 'DoorAjar'], ['DoorAjar', 'LockJammed', 'BoardLost']])
      expect(says(...altered)).toBe(false);
  });

  it('is the same by OpenSSL and by tweetnacl, byte for byte', () => {
    const payload = reportPayload({ audience: AUDIENCE, topic: 'state', document: stamp, chain: CHAIN_BEGINS });
    expect(writeReport(payload, signer)).toBe(writeReport(payload, seeds.lock));
  });

  it('is not made of what it cannot hold: null, a fraction, a list in a list', () => {
    for (const document of [{ ...stamp, x: null }, { ...stamp, x: 0.5 }, { ...stamp, x: [[]] }, [1]]) {
      expect(() => reported(document)).toThrow(/not to be reported/);
    }
    expect(readReport(reported({ ...stamp, x: undefined }))?.document.has('x')).toBe(false);
  });

  it('is not read in any text at all that a stranger may write', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.uint8Array({ maxLength: 300 }).map(encodeBase64url)), (text) => {
        expect(readReport(text)).toBeUndefined();
      }),
    );
  });
});
