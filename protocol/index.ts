/** What two strangers must agree on. Pure and synchronous; runs in Node and in a browser. */

export { decodeBase45, encodeBase45 } from './base45.ts';
export { decodeBase64url, encodeBase64url } from './base64url.ts';
export { concat, equal, fromHex, kidOf, sha256, toHex } from './bytes.ts';
export { decodeCbor, encodeCbor } from './cbor.ts';
export {
  authenticate,
  type DelegationLookup,
  fromText,
  openText,
  type Pins,
  parse,
  presentationOf,
  toText,
  withCachedDelegation,
} from './chain.ts';
export {
  ASKED,
  COMMAND_BODIES,
  COMMANDS,
  CONTROL_DOCUMENT,
  type Command,
  RESULT,
  type ResultDocument,
} from './commands.ts';
export {
  CONTROL_OPS,
  type Control,
  type ControlOp,
  type ControlRequest,
  controlIn,
  NONCE_OPS,
  newRootProves,
  readControl,
  resealCounter,
  rotateRoot,
  type Statement,
  writeControl,
} from './control.ts';
export { ALG_ED25519, ALG_EDDSA, type Alg, isSignedBy, type Signed } from './cose.ts';
export {
  isSoundKey,
  publicKeyOf,
  type Signer,
  type SigningKey,
  sign,
  strictVerifier,
  type Verify,
  verifyStrict,
} from './ed25519.ts';
export {
  type Attested,
  EVENT_BODIES,
  EVENT_TOPICS,
  type EventBody,
  type EventTopic,
  eventSchema,
  INFO,
  type InfoDocument,
  type PublishedState,
  parseEvent,
  STATE,
  type Stamp,
  type StateDocument,
} from './events.ts';
export * from './limits.ts';
export {
  createListener,
  type Finding,
  type HeardMessage,
  type HeardVerdict,
  isSigned,
  LATE_MS,
  type Listener,
  OVERDUE_MS,
  type Range,
} from './listener.ts';
export { type Framer, lineFramer } from './reader-frame.ts';
export { ok, REFUSALS, type Refusal, type Refused, type Result, refuse } from './refusal.ts';
export {
  CHAIN_BEGINS,
  chainAfter,
  follows,
  judgeReport,
  REPORT_TOPICS,
  REPORT_VERDICTS,
  type Receipt,
  type Report,
  type ReportPins,
  type ReportRequest,
  type ReportTopic,
  type ReportVerdict,
  readReport,
  receiptOf,
  reportPayload,
  saysTheSame,
  writeReport,
} from './report.ts';
export {
  ACTION,
  ACTIONS,
  type Action,
  AUDIENCE,
  type Delegation,
  type DelegationRequest,
  type Hours,
  type Limits,
  type Presentation,
  readDelegation,
  readPresentation,
  readToken,
  type Token,
  type TokenRequest,
  writeDelegation,
  writePresentation,
  writeToken,
} from './token.ts';
export { isReplyTopic, LOCK_ID, listenedTo, TOPIC_ROOT, TOPIC_ROOT_SHAPE, type Topics, topicsOf } from './topics.ts';
export { type MonoMs, monoMs, toWallS, type WallMs, type WallS, wallMs, wallS } from './units.ts';
export * from './vocabulary.ts';
