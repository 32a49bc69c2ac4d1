/** What somebody makes of the reports who trusts nobody but the lock's key: the protocol's own listener, at work. */
import { createListener } from '../../protocol/index.ts';
import type { Checker } from './checker.ts';

export const reportsHangTogether: Checker = {
  name: 'reports hang together',
  promises:
    'every report is signed by the lock, says what it was signed with, and carries the one before: there is one history',
  tiers: ['a'],
  watch(view, complain) {
    const listener = createListener(view.reportPins, view.verify);
    return {
      see(observation) {
        if (observation.what !== 'published') return;
        const { topic, payload } = observation;
        const event = view.eventTopicOf(topic);
        if (event === undefined && topic !== view.stateTopic) return;
        const below = event === undefined ? 'state' : `event/${event}`;
        const { verdict, why } = listener.hear({ topic: below, payload, receivedMs: view.now.nowMs() });
        if (verdict === 'forged') complain(`what is said on ${below} is ${why}`);
        // On a disk that fails an event is told that the next life knows nothing of.
        if (verdict === 'forked' && !view.now.tampered() && !view.now.wasTroubled('disk'))
          complain(`two histories are told: ${below} does not carry the event before it`);
      },
    };
  },
};
