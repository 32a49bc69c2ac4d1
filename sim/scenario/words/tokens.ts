/** Tokens, the codes that show them, and copies of both. */
import { ACTIONS, CHANNELS, wallS } from '../../../protocol/index.ts';
import { worldOf } from '../../faults/world.ts';
import { fields, flag, moment, name, oneKey, shortOr, text, word } from '../kinds.ts';
import { CannotHappen, inWords, TOKEN_S } from '../scene.ts';
import { TIERS } from '../stage.ts';
import { ONLY_A, type StepWord, step } from './step.ts';

export const TOKEN_WORDS = {
  issue: step({
    help: 'somebody signs a token. What is left out: by the carrier, for this lock, from a minute ago, for an hour',
    examples: ['issue: {token: courier-2, until: +10m}', 'issue: {token: guest, by: owner}'],
    kind: fields(
      { token: name },
      {
        from: moment,
        until: moment,
        by: word(['carrier', 'owner', 'forger']),
        for: word(['this_lock', 'another_lock']),
        action: word(ACTIONS),
        named: flag,
      },
    ),
    play(scene, { token, from, until, by = 'carrier', for: whose = 'this_lock', action, named }) {
      const { stage } = scene;
      const nowS = stage.wallS();
      if (by === 'owner' && named === true)
        throw new CannotHappen("a token that the owner signs has no carrier's delegation to name", 'leave named out');
      const fromS = from === undefined ? wallS(nowS - 60) : scene.at(from);
      const untilS = until === undefined ? wallS(fromS + TOKEN_S) : scene.at(until);
      if (untilS <= fromS)
        throw new CannotHappen('a token ends after it begins', 'give an until that is later than from');
      const request = {
        fromS,
        untilS,
        action: action ?? stage.profile.action,
        ...(whose === 'another_lock' ? { audience: 'back-door/abcdefgh' } : {}),
      };
      const { people, heard } = stage;
      scene.issued(
        token,
        by === 'owner'
          ? people.invite(nowS, heard.state()?.epoch ?? 1, request)
          : people.issue({
              nowS,
              ...request,
              ...(by === 'forger' ? { forged: true } : {}),
              ...(named === true ? { named } : {}),
            }),
      );
      return undefined;
    },
  }),
  present: step({
    help: "a courier's phone shows a token, as a code drawn now; a token that nobody has issued is issued now. Or somebody shows a copy, or any text. A code that was drawn is refused on mqtt: `command: unlock` answers the nonce",
    examples: [
      'present: courier-1',
      'present: {token: courier-1, at: mqtt}',
      'present: {copy: photo}',
      'present: {text: "hello"}',
    ],
    kind: shortOr(name, fields({}, { token: name, copy: name, text, at: word(CHANNELS), drawn: moment })),
    play(scene, given) {
      const { token, copy, text: any, at = 'reader', drawn } = typeof given === 'string' ? { token: given } : given;
      const { stage } = scene;
      const drawnS = drawn === undefined ? stage.wallS() : scene.at(drawn);
      if ([token, copy, any].filter((one) => one !== undefined).length !== 1) {
        throw new CannotHappen('it takes one thing to show', 'give one of token, copy and text');
      }
      const shown =
        any ?? (copy === undefined ? stage.people.show(scene.token(token ?? ''), drawnS) : scene.copy(copy));
      return inWords(scene.show(shown, at) ?? 'unseen');
    },
  }),
  hold: step({
    help: "a courier's phone lies before the reader and goes on showing a token, a new code every 10 s, through power cuts and all; or nothing does any more",
    examples: ['hold: courier-1', 'hold: nothing'],
    kind: name,
    play(scene, token) {
      if (token !== 'nothing') scene.token(token);
      scene.hold(token === 'nothing' ? undefined : token);
      return undefined;
    },
  }),
  copy: step({
    help: "somebody takes a picture of a courier's code as it is drawn now (shown later by the token's name), of what was shown last, or copies the whole disk",
    examples: ['copy: {code: courier-1}', 'copy: {shown: photo}', 'copy: {disk: backup}'],
    kind: oneKey({ code: name, disk: name, shown: name }),
    tiers: ({ key }) => (key === 'disk' ? ONLY_A : TIERS),
    play(scene, { key, value }) {
      const { stage } = scene;
      if (key === 'disk') scene.diskCopied(value, worldOf(scene).disk().files());
      else if (key === 'code') scene.copied(value, stage.people.show(scene.token(value), stage.wallS()));
      else {
        const last = scene.lastShown();
        if (last === undefined) throw new CannotHappen('nobody has shown anything yet', 'present something before');
        scene.copied(value, last);
      }
      return undefined;
    },
  }),
} as const satisfies Readonly<Record<string, StepWord>>;
