/** Whoever has a token, a picture of one, or the disk, and should not come in with it. */
import { toText, wallS, writePresentation } from '../../protocol/index.ts';
import { quickSigner } from '../quick.ts';
import { duration, name, whole } from '../scenario/kinds.ts';
import { respellings } from '../scenario/respell.ts';
import type { Scene } from '../scenario/scene.ts';
import type { FaultKind } from './catalogue.ts';
import { fault, nothingToMend } from './define.ts';
import { worldOf } from './world.ts';

const COURIER = 'courier-1';
/** The phone of somebody who was given no token. */
const STRANGER = quickSigner(new Uint8Array(32).fill(7));

const nowCode = (scene: Scene, token: string): string =>
  scene.stage.people.show(scene.token(token), scene.stage.wallS());

export const THIEF = {
  replay: fault({
    help: "a courier's token is shown again, and again, each time as a fresh code",
    must: 'already_used, for ever; nothing moves',
    parameters: { token: name, times: whole(1, 1_000), every: duration },
    async begin(scene, { token = COURIER, times = 3, every = 4_000 }) {
      for (let i = 0; i < times; i++) {
        scene.show(nowCode(scene, token), 'reader');
        await scene.stage.pass(every);
      }
      return nothingToMend;
    },
  }),
  clone: fault({
    help: "a courier's token, shown by a phone that has another key",
    must: 'bad_signature; nothing moves, and the token is not used up by it',
    parameters: { token: name },
    begin(scene, { token = COURIER }) {
      const proof = { drawnAtS: scene.stage.wallS() };
      scene.show(toText(writePresentation(scene.token(token), proof, STRANGER)), 'reader');
      return nothingToMend;
    },
  }),
  photograph: fault({
    help: "a picture of a courier's code, held before the reader so long after it was drawn",
    must: 'holder_proof_failed when it is older than 30 s; the token is not used up by it',
    parameters: { token: name, age: duration },
    begin(scene, { token = COURIER, age = 60_000 }) {
      const drawnS = wallS(scene.stage.wallS() - Math.floor(age / 1000));
      scene.show(scene.stage.people.show(scene.token(token), drawnS), 'reader');
      return nothingToMend;
    },
  }),
  relay: fault({
    help: "a courier's live code, sent to somebody at the door, over MQTT and to the reader in the same moment",
    must: 'over MQTT it is refused, since it answers no nonce; at the reader it opens, once: a live relay cannot be told from its courier, and the event says when it was',
    parameters: { token: name },
    begin(scene, { token = COURIER }) {
      const text = nowCode(scene, token);
      scene.show(text, 'mqtt');
      scene.show(text, 'reader');
      return nothingToMend;
    },
  }),
  respelt: fault({
    help: "a courier's code in every other spelling that a lenient reader takes: S + L, longer heads, small letters",
    must: 'each is refused; no spelling opens that the ledger does not know',
    parameters: { token: name },
    async begin(scene, { token = COURIER }) {
      for (const text of respellings(nowCode(scene, token))) {
        scene.show(text, 'reader');
        await scene.stage.pass(3_500);
      }
      return nothingToMend;
    },
  }),
  'brute-force': fault({
    help: 'so many codes that look right and are signed by nobody, one after the other',
    must: 'the channel is listened to less and less, then locked out; the others are heard; the disk does not fill',
    parameters: { codes: whole(1, 100_000), every: duration },
    async begin(scene, { codes = 20, every = 500 }) {
      const { stage } = scene;
      for (let i = 0; i < codes; i++) {
        scene.show(
          stage.people.show(stage.people.issue({ nowS: stage.wallS(), forged: true }), stage.wallS()),
          'reader',
        );
        await stage.pass(every);
      }
      return nothingToMend;
    },
  }),
  'disk-put-back': fault({
    help: 'the power is cut, the disk of some time before is put back, and the power comes again',
    must: 'with a witness: lockdown. Without one it cannot be noticed: what was spent since is new again',
    tiers: ['a'],
    parameters: { copy: name },
    async begin(scene, { copy = 'backup' }) {
      const world = worldOf(scene);
      const files = scene.disk(copy);
      if (world.isUp) world.cutPower();
      for (const [file, bytes] of files) world.tamper(file, () => bytes);
      await world.boot();
      return nothingToMend;
    },
  }),
} as const satisfies Record<string, FaultKind>;
