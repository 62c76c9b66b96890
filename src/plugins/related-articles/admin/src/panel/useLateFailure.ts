import { useNotification } from '@strapi/strapi/admin';
import { useCallback } from 'react';

import { useFormat } from '../shared/format';
import { wordsOf } from '../shared/problems';
import { useIsGone } from '../shared/useIsGone';
import type { Failure } from './useCuration';

/** Reports a change that was not saved after the editor has left the page, when the panel's own notices are gone. */
export function useLateFailure(): (failure: Failure) => void {
  const format = useFormat();
  const { toggleNotification } = useNotification();
  const isGone = useIsGone();
  return useCallback(
    (failure) => {
      if (!isGone.current) return;
      const reason =
        failure.kind === 'failed' ? wordsOf(failure.problem, format) : format('problem.refused');
      toggleNotification({ type: 'danger', message: format('failed', { reason }) });
    },
    [format, isGone, toggleNotification],
  );
}
