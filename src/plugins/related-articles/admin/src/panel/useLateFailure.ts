import { useNotification } from '@strapi/strapi/admin';
import { useCallback, useEffect, useRef } from 'react';

import { useFormat } from '../shared/format';
import { wordsOf } from '../shared/problems';
import type { Outcome } from './useCuration';

/** Tells that a change was not saved after the editor has left the page, where the panel's own notices are gone. */
export function useLateFailure(): (outcome: Outcome) => void {
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
    (outcome) => {
      if (!isGone.current) return;
      const reason =
        outcome.kind === 'failed' ? wordsOf(outcome.problem, format) : format('problem.refused');
      const isSaved = outcome.kind !== 'failed' && outcome.kind !== 'conflict';
      if (!isSaved) toggleNotification({ type: 'danger', message: format('failed', { reason }) });
    },
    [format, toggleNotification],
  );
}
