import { useEffect, useState } from 'react';

import type { PreviewResponse, SiteSettings } from '../../../shared/settings';
import { useApi } from '../api';
import { problemOf, type Problem } from '../shared/problems';

/** How long nothing must change before a preview, in milliseconds. */
const PAUSE_MS = 400;
/** How long after a failure the preview is fetched again, in milliseconds. */
const AGAIN_MS = 5000;

export interface Previewed {
  /** The last preview received; it stays while another one loads, but not if that fails: it is of other settings. */
  preview: PreviewResponse['data'] | null;
  problem: Problem | null;
  isLoading: boolean;
}

/**
 * Fetches what the settings in the form would change.
 *
 * @param version Changes when the settings in force do.
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
    let timer: ReturnType<typeof setTimeout>;
    const load = async () => {
      try {
        const preview = await previewSettings(uid, JSON.parse(body), signal);
        setState({ preview, problem: null, isLoading: false });
      } catch (error) {
        if (signal.aborted) return;
        const problem = problemOf(error);
        setState({ preview: null, problem, isLoading: false });
        if (problem.mayPass) timer = setTimeout(load, AGAIN_MS);
      }
    };
    timer = setTimeout(load, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [body, previewSettings, uid, version]);
  return state;
}
