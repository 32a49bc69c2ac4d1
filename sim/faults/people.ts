/** What people do to a door, on purpose or not. */
import { productOf } from '../product.ts';
import { duration, whole, word } from '../scenario/kinds.ts';
import { lacks, lacksBattery } from '../scenario/wired.ts';
import type { FaultKind } from './catalogue.ts';
import { fault, nothingToMend } from './define.ts';

export const PEOPLE = {
  'door-forced': fault({
    help: 'the door is broken open, bolt or no bolt',
    must: 'DoorForcedOpen when the bolt was seen thrown; no bolt is thrown into the open door',
    begin({ stage }) {
      stage.plant.force();
      return nothingToMend;
    },
  }),
  'door-held': fault({
    help: 'somebody stands in the open door for a while, so that nobody can shut it',
    must: 'VisitOverstay in a visit, DoorAjar in any case, and no bolt in the air',
    parameters: { for: duration },
    begin(scene, { for: forMs = 60_000 }) {
      const { stage } = scene;
      let over = false;
      const end = (): void => {
        over = true;
      };
      scene.standInDoor(() => !over);
      stage.after(forMs, end);
      return end;
    },
  }),
  'button-leant-on': fault({
    help: 'a button is held down: a finger, a pram, a frozen cap',
    must: 'the bell is reported stuck once; the button inside opens once and does not keep the door open for ever',
    parameters: { button: word(['bell', 'inside_button']), for: duration },
    lacking: (profile, { button = 'bell' }) => lacks(profile, button),
    begin({ stage }, { button = 'bell', for: forMs = 60_000 }) {
      stage.plant.press(button, forMs);
      return nothingToMend;
    },
  }),
  'cover-off': fault({
    help: 'the cover is off',
    must: 'FrontEscutcheonRemoved until it is on again; it tells, and stops nobody',
    lacking: (profile) => lacks(profile, 'cover_on'),
    begin({ stage }) {
      stage.plant.surround({ cover: false });
      return () => stage.plant.surround({ cover: true });
    },
  }),
  'mount-removed': fault({
    help: 'the safe is off its mount',
    must: 'MountRemoved; tokens are refused mount_removed; the key may still be given back',
    lacking: (profile) => lacks(profile, 'mounted'),
    begin({ stage }) {
      stage.plant.surround({ mounted: false });
      return () => stage.plant.surround({ mounted: true });
    },
  }),
  tilted: fault({
    help: 'the safe does not hang upright',
    must: 'MountRemoved; tokens are refused mount_removed',
    lacking: (profile) => lacks(profile, 'upright'),
    begin({ stage }) {
      stage.plant.surround({ upright: false });
      return () => stage.plant.surround({ upright: true });
    },
  }),
  'ignition-on': fault({
    help: 'the vehicle is switched on',
    must: 'tokens are refused ignition_on, and not used up; the release inside works',
    lacking: (profile) => lacks(profile, 'ignition_off'),
    begin({ stage }) {
      stage.plant.surround({ ignition: true });
      return () => stage.plant.surround({ ignition: false });
    },
  }),
  'battery-low': fault({
    help: 'the battery has so many millivolts left without load',
    must: 'told as low; below the reserve tokens are refused battery_low, and what is left is for relocking',
    parameters: { millivolts: whole(0, 60_000) },
    lacking: lacksBattery,
    begin({ stage }, { millivolts = (stage.profile.battery?.reserveMillivolts ?? 3_000) - 100 }) {
      stage.plant.charge(millivolts);
      return () => stage.plant.charge(productOf(stage.profile).restMillivolts);
    },
  }),
} as const satisfies Record<string, FaultKind>;
