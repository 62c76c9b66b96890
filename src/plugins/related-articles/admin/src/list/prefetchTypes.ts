import { SEE } from '../permissions';
import { prefetch } from '../panel/useTypes';
import { forgetCaller } from './facts';
import { noteActions } from './openType';

interface Action {
  type?: unknown;
  meta?: { arg?: { endpointName?: string } };
  payload?: unknown;
}

/**
 * A middleware of the admin panel's store. The content manager asks only once what its list shows, so the types are
 * requested as soon as it is known that the editor may see them.
 */
export const prefetchTypes =
  () => () => (next: (action: unknown) => unknown) => (action: Action) => {
    const isFulfilled = typeof action.type === 'string' && action.type.endsWith('/fulfilled');
    if (isFulfilled && action.meta?.arg?.endpointName === 'getMyPermissions') {
      const permissions = Array.isArray(action.payload)
        ? (action.payload as { action?: string }[])
        : [];
      const actions = new Set(permissions.map(({ action }) => action));
      forgetCaller();
      noteActions(actions);
      if (actions.has(SEE)) prefetch();
    }
    return next(action);
  };
