import { useEffect, useState } from 'react';

import type { PreviewResponse, SiteSettings } from '../../../shared/settings';
import { useApi } from '../api';
import { problemOf, type Problem } from '../shared/problems';

/** For how long nothing must be changed before it is tried, in milliseconds. */
const PAUSE_MS = 400;

export interface Previewed {
  /** The last preview that came; it stays while another one is on its way. */
  preview: PreviewResponse['data'] | null;
  problem: Problem | null;
  isLoading: boolean;
}

/**
 * What the settings in the form would change.
 *
 * @param version Changes when what is in force does.
 */
export function usePreview(
  uid: string,
  asked: { settings: SiteSettings; documentIds: readonly string[]; locale?: string },
  version: number,
): Previewed {
  const { previewSettings } = useApi();
  const [state, setState] = useState<Previewed>({ preview: null, problem: null, isLoading: true });
  const body = JSON.stringify(asked);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    setState((now) => ({ ...now, isLoading: true }));
    const timer = setTimeout(async () => {
      try {
        const preview = await previewSettings(uid, JSON.parse(body), signal);
        setState({ preview, problem: null, isLoading: false });
      } catch (error) {
        if (signal.aborted) return;
        setState((now) => ({ ...now, problem: problemOf(error), isLoading: false }));
      }
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [body, previewSettings, uid, version]);
  return state;
}
