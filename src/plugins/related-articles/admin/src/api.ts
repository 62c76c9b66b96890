import { useMemo } from 'react';
import { getFetchClient, useFetchClient } from '@strapi/strapi/admin';

import type {
  AddPinRequest,
  CurationState,
  DecideRequest,
  DecideResponse,
  FindAppearancesResponse,
  FindCurationResponse,
  FindEntriesResponse,
  FindEntryResponse,
  FindEventsResponse,
  FindLinksRequest,
  FindLinksResponse,
  FindListFactsRequest,
  FindListFactsResponse,
  FindMapResponse,
  FindOverviewEntriesResponse,
  FindOverviewResponse,
  FindSuggestionsRequest,
  FindSuggestionsResponse,
  FindTypesResponse,
  OverviewFileResponse,
  OverviewList,
  RevertRequest,
  SaveCurationRequest,
  SaveCurationResponse,
} from '../../shared/contracts';
import type {
  FindSettingsResponse,
  FindSettingTypesResponse,
  PreviewRequest,
  PreviewResponse,
  SaveSettingsRequest,
  TuneResponse,
} from '../../shared/settings';
import { MAX_SEARCHED } from '../../shared/contracts';
import { bodyOf, dataOf, withQuery } from './shared/answers';

const ROOT = '/related-articles';

/** A saved entry, in one of its locales. */
export interface EntryRef {
  documentId: string;
  locale?: string;
}

export type Direction = 'undo' | 'redo';

/** All calls of the panel to the server. Each rejects with Strapi's own error, or `ForeignAnswer`; see `problemOf`. */
export interface Api {
  findSuggestions(
    uid: string,
    request: FindSuggestionsRequest,
    signal?: AbortSignal,
  ): Promise<FindSuggestionsResponse>;
  findAppearances(
    uid: string,
    entry: EntryRef,
    signal?: AbortSignal,
  ): Promise<FindAppearancesResponse['data']>;
  findEntries(
    uid: string,
    query: { query: string; locale?: string },
    signal?: AbortSignal,
  ): Promise<FindEntriesResponse['data']>;
  findEntry(uid: string, entry: EntryRef, signal?: AbortSignal): Promise<FindEntryResponse['data']>;
  findLinks(
    uid: string,
    request: FindLinksRequest,
    signal?: AbortSignal,
  ): Promise<FindLinksResponse>;
  findEvents(uid: string, entry: EntryRef): Promise<FindEventsResponse['data']>;
  findCuration(uid: string, entry: EntryRef): Promise<CurationState>;
  saveCuration(
    uid: string,
    documentId: string,
    body: SaveCurationRequest,
  ): Promise<SaveCurationResponse['data']>;
  revert(
    uid: string,
    documentId: string,
    direction: Direction,
    body: RevertRequest,
  ): Promise<CurationState>;
  addPin(uid: string, documentId: string, body: AddPinRequest): Promise<CurationState>;
  findOverview(signal?: AbortSignal): Promise<FindOverviewResponse['data']>;
  findOverviewEntries(
    uid: string,
    query: OverviewQuery,
    signal?: AbortSignal,
  ): Promise<FindOverviewEntriesResponse>;
  findMap(uid: string, query: { locale?: string }, signal?: AbortSignal): Promise<FindMapResponse>;
  exportOverview(uid: string, query: OverviewQuery): Promise<string>;
  decide(uid: string, body: DecideRequest): Promise<DecideResponse['data']>;
  rebuild(): Promise<void>;
  findSettingTypes(): Promise<FindSettingTypesResponse['data']>;
  findSettings(uid: string): Promise<FindSettingsResponse['data']>;
  saveSettings(uid: string, body: SaveSettingsRequest): Promise<FindSettingsResponse['data']>;
  previewSettings(
    uid: string,
    body: PreviewRequest,
    signal?: AbortSignal,
  ): Promise<PreviewResponse['data']>;
  tune(uid: string, body: { locale?: string }): Promise<TuneResponse['data']>;
}

export interface OverviewQuery {
  locale?: string;
  list: OverviewList;
  search?: string;
  /** Such as `appearsOn:desc`. */
  sort: string;
  page: number;
  pageSize: number;
}

export function useApi(): Api {
  const { get, post } = useFetchClient();
  return useMemo((): Api => {
    // A save goes on when its page is left: the hook's own client would abort it.
    const saving = getFetchClient();
    return {
      findSuggestions(uid, request, signal) {
        const asked = post<FindSuggestionsResponse>(`${ROOT}/suggestions/${uid}`, request, { signal }); // prettier-ignore
        return bodyOf(asked, ['data', 'meta']);
      },
      findAppearances(uid, { documentId, locale }, signal) {
        const url = withQuery(`${ROOT}/appearances/${uid}/${documentId}`, { locale });
        return dataOf(get<FindAppearancesResponse>(url, { signal }));
      },
      findEntries(uid, { query, locale }, signal) {
        const url = withQuery(`${ROOT}/entries/${uid}`, { query: searched(query), locale });
        return dataOf(get<FindEntriesResponse>(url, { signal }));
      },
      findEntry(uid, { documentId, locale }, signal) {
        const url = withQuery(`${ROOT}/entries/${uid}/${documentId}`, { locale });
        return dataOf(get<FindEntryResponse>(url, { signal }));
      },
      findLinks(uid, request, signal) {
        const asked = post<FindLinksResponse>(`${ROOT}/links/${uid}`, request, { signal });
        return bodyOf(asked, ['data', 'meta']);
      },
      findCuration(uid, { documentId, locale }) {
        const url = withQuery(`${ROOT}/curations/${uid}/${documentId}`, { locale });
        return dataOf(get<FindCurationResponse>(url));
      },
      revert(uid, documentId, direction, body) {
        const url = `${ROOT}/curations/${uid}/${documentId}/${direction}`;
        return dataOf(saving.post<SaveCurationResponse>(url, body));
      },
      findEvents(uid, { documentId, locale }) {
        const url = withQuery(`${ROOT}/curations/${uid}/${documentId}/events`, { locale });
        return dataOf(get<FindEventsResponse>(url));
      },
      saveCuration(uid, documentId, body) {
        const url = `${ROOT}/curations/${uid}/${documentId}`;
        return dataOf(saving.put<SaveCurationResponse>(url, body));
      },
      addPin(uid, documentId, body) {
        const url = `${ROOT}/curations/${uid}/${documentId}/pins`;
        return dataOf(saving.post<SaveCurationResponse>(url, body));
      },
      findOverview(signal) {
        return dataOf(get<FindOverviewResponse>(`${ROOT}/overview`, { signal }));
      },
      findOverviewEntries(uid, query, signal) {
        const url = overviewUrl(uid, query);
        return bodyOf(get<FindOverviewEntriesResponse>(url, { signal }), ['data', 'meta']);
      },
      findMap(uid, { locale }, signal) {
        const url = withQuery(`${ROOT}/overview/${uid}/map`, { locale });
        return bodyOf(get<FindMapResponse>(url, { signal }), ['data', 'meta']);
      },
      async exportOverview(uid, query) {
        // Other rows may be shown by the time it is made.
        const url = overviewUrl(uid, query, { format: 'csv' });
        return (await dataOf(saving.get<OverviewFileResponse>(url))).csv;
      },
      decide(uid, body) {
        return dataOf(saving.post<DecideResponse>(`${ROOT}/overview/${uid}/decisions`, body));
      },
      async rebuild() {
        await dataOf(saving.post<{ data: object }>(`${ROOT}/rebuild`, {}));
      },
      findSettingTypes() {
        return dataOf(get<FindSettingTypesResponse>(`${ROOT}/settings`));
      },
      findSettings(uid) {
        // Also asked to find out what became of a save, when the page may have been left.
        return dataOf(saving.get<FindSettingsResponse>(`${ROOT}/settings/${uid}`));
      },
      saveSettings(uid, body) {
        return dataOf(saving.put<FindSettingsResponse>(`${ROOT}/settings/${uid}`, body));
      },
      previewSettings(uid, body, signal) {
        const url = `${ROOT}/settings/${uid}/preview`;
        return dataOf(post<PreviewResponse>(url, body, { signal }));
      },
      tune(uid, body) {
        return dataOf(post<TuneResponse>(`${ROOT}/settings/${uid}/tuning`, body));
      },
    };
  }, [get, post]);
}

/** Shortens a long title that was pasted, without cutting a character in half: its beginning identifies the entry. */
const searched = (text = ''): string =>
  text
    .trim()
    .slice(0, MAX_SEARCHED)
    .replace(/[\uD800-\uDBFF]$/, '');

const overviewUrl = (uid: string, query: OverviewQuery, more = {}): string =>
  withQuery(`${ROOT}/overview/${uid}`, { ...query, search: searched(query.search), ...more });

/** Fetches the configured content types. Bound to no component: the first to ask may be gone by the answer. */
export const findTypes = (): Promise<FindTypesResponse['data']> =>
  dataOf(getFetchClient().get<FindTypesResponse>(`${ROOT}/types`));

/** Fetches what the content manager's list shows of some entries. Bound to no component: all cells share one answer. */
export function findListFacts(
  uid: string,
  body: FindListFactsRequest,
): Promise<FindListFactsResponse['data']> {
  const url = `${ROOT}/overview/${uid}/facts`;
  return dataOf(getFetchClient().post<FindListFactsResponse>(url, body));
}

/** The HTTP status of a call that failed; `undefined` when there was no answer at all. */
export function statusOf(error: unknown): number | undefined {
  const { status, response } = error as {
    status?: number;
    response?: { data?: { error?: { status?: number } } };
  };
  return status ?? response?.data?.error?.status;
}
