import { useNotification } from '@strapi/strapi/admin';
import { useCallback, useEffect, useRef } from 'react';

import { useFormat } from '../shared/format';
import { wordsOf } from '../shared/problems';
import type { Failure } from './useCuration';

/** Tells that a change was not saved after the editor has left the page, where the panel's own notices are gone. */
export function useLateFailure(): (failure: Failure) => void {
  const format = useFormat();
  const { toggleNotification } = useNotification();
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
    };
  }, []);
  return useCallback(
    (failure) => {
      if (!isGone.current) return;
      const reason =
        failure.kind === 'failed' ? wordsOf(failure.problem, format) : format('problem.refused');
      toggleNotification({ type: 'danger', message: format('failed', { reason }) });
    },
    [format, toggleNotification],
  );
}
