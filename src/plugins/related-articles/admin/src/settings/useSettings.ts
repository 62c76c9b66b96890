import { useCallback, useEffect, useState } from 'react';

import type { FindSettingsResponse, SiteSettings } from '../../../shared/settings';
import { statusOf, useApi } from '../api';
import { mayBeLost, problemOf, untilAnswered, type Problem } from '../shared/problems';

type Found = FindSettingsResponse['data'];

export interface Settings {
  /** As they are saved. */
  found: Found | null;
  problem: Problem | null;
  /** As they are in the form. */
  draft: SiteSettings;
  isChanged: boolean;
  isSaving: boolean;
  /** Whether everything in the form is being saved. */
  isAllSent: boolean;
  change(part: Partial<SiteSettings>): void;
  discard(): void;
  /** @returns The result. */
  save(): Promise<'saved' | 'conflict' | Problem>;
  load(): void;
}

/** The settings of a content type, as saved and as in the form. */
export function useSettings(uid: string): Settings {
  const { findSettings, saveSettings } = useApi();
  const [found, setFound] = useState<Found | null>(null);
  const [draft, setDraft] = useState<SiteSettings>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  /** The settings that are being saved. */
  const [sending, setSending] = useState<SiteSettings | null>(null);
  /** What was sent since the last answer, and may have been saved anyway. */
  const [sent, setSent] = useState<SiteSettings[]>([]);

  const load = useCallback(async () => {
    try {
      const next = await findSettings(uid);
      setSent([]);
      setFound(next);
      setDraft(next.settings);
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
    }
  }, [findSettings, uid]);
  useEffect(() => void load(), [load]);

  const reload = () => {
    // Not known until they are read; what was changed meanwhile would be lost.
    setFound(null);
    void load();
  };

  const settings = cleaned(draft);
  return {
    found,
    problem,
    draft,
    // After a lost answer, nobody knows what is in force.
    isChanged: found !== null && (sent.length > 0 || !isSame(settings, found.settings)),
    isSaving: sending !== null,
    isAllSent: sending !== null && isSame(settings, sending),
    change: (part) => setDraft((now) => ({ ...now, ...part })),
    discard: () => {
      if (sent.length === 0) return found && setDraft(found.settings);
      reload();
    },
    async save() {
      if (!found) return 'conflict';
      setSending(settings);
      const saveAfter = (known: Found) => {
        const body = { settings, revision: known.revision, before: known.settings };
        return untilAnswered(() => saveSettings(uid, body)).catch((error) => {
          if (mayBeLost(error)) setSent((some) => [...some, settings]);
          throw error;
        });
      };
      try {
        const next = await saveAfter(found).catch(async (error) => {
          if (statusOf(error) !== 409) throw error;
          const now = await findSettings(uid);
          if (isSame(now.settings, settings)) return now;
          // If the server has what was sent before, nobody else has changed it.
          if (!sent.some((one) => isSame(now.settings, one))) throw error;
          return saveAfter(now);
        });
        setSent([]);
        setFound(next);
        // Keep what was changed meanwhile, unsaved.
        setDraft((now) => (isSame(now, settings) ? next.settings : now));
        return 'saved';
      } catch (error) {
        return statusOf(error) === 409 ? 'conflict' : problemOf(error);
      } finally {
        setSending(null);
      }
    },
    load: reload,
  };
}

const isSame = (one: SiteSettings, other: SiteSettings): boolean =>
  JSON.stringify(cleaned(one)) === JSON.stringify(cleaned(other));

/** Drops empty values and sorts keys, so that equal settings are equal as JSON. */
export function cleaned<T extends object>(settings: T): T {
  const entries = Object.entries(settings)
    .map(([key, value]): [string, unknown] => {
      const isPlain = typeof value === 'object' && value !== null && !Array.isArray(value);
      return [key, isPlain ? cleaned(value as object) : value];
    })
    .filter(([, value]) => {
      if (value === undefined) return false;
      return typeof value !== 'object' || value === null || Object.keys(value).length > 0;
    });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) as T;
}
