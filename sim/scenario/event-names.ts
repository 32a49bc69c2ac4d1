/** Events as a scenario names them: `visit/ended`. Drawn from the schemas of what a lock may publish. */
import * as z from 'zod';
import { EVENT_BODIES, EVENT_TOPICS } from '../../protocol/index.ts';

export const EVENT_NAMES: readonly string[] = EVENT_TOPICS.flatMap((topic) => {
  const body = EVENT_BODIES[topic];
  const shapes = body instanceof z.ZodObject ? [body.shape] : body.options.map(({ shape }) => shape);
  return shapes.flatMap(({ event_type: type }) => {
    const types: readonly string[] = type instanceof z.ZodEnum ? type.options : [...type.values];
    return types.map((one) => `${topic}/${one}`);
  });
});
