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

const ROOT = '/related-articles';

/** A saved entry, in one of its locales. */
export interface EntryRef {
  documentId: string;
  locale?: string;
}

export type Direction = 'undo' | 'redo';

/** All calls of the panel to the server. Each rejects with Strapi's own error; see `statusOf`. */
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
  addPin(uid: string, documentId: string, body: AddPinRequest): Promise<void>;
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
    // What is being saved is saved, also when its page is left: the hook's own client would break it off.
    const saving = getFetchClient();
    const paramsOf = ({ locale }: { locale?: string }) => (locale ? { locale } : {});
    return {
      async findSuggestions(uid, request, signal) {
        const url = `${ROOT}/suggestions/${uid}`;
        return (await post<FindSuggestionsResponse>(url, request, { signal })).data;
      },
      async findAppearances(uid, entry, signal) {
        const url = `${ROOT}/appearances/${uid}/${entry.documentId}`;
        const options = { params: paramsOf(entry), signal };
        return (await get<FindAppearancesResponse>(url, options)).data.data;
      },
      async findEntries(uid, { query, locale }, signal) {
        const options = { params: { query, ...paramsOf({ locale }) }, signal };
        return (await get<FindEntriesResponse>(`${ROOT}/entries/${uid}`, options)).data.data;
      },
      async findEntry(uid, entry, signal) {
        const url = `${ROOT}/entries/${uid}/${entry.documentId}`;
        const options = { params: paramsOf(entry), signal };
        return (await get<FindEntryResponse>(url, options)).data.data;
      },
      async findLinks(uid, request, signal) {
        return (await post<FindLinksResponse>(`${ROOT}/links/${uid}`, request, { signal })).data;
      },
      async findCuration(uid, entry) {
        const url = `${ROOT}/curations/${uid}/${entry.documentId}`;
        return (await get<FindCurationResponse>(url, { params: paramsOf(entry) })).data.data;
      },
      async revert(uid, documentId, direction, body) {
        const url = `${ROOT}/curations/${uid}/${documentId}/${direction}`;
        return (await saving.post<SaveCurationResponse>(url, body)).data.data;
      },
      async findEvents(uid, entry) {
        const url = `${ROOT}/curations/${uid}/${entry.documentId}/events`;
        return (await get<FindEventsResponse>(url, { params: paramsOf(entry) })).data.data;
      },
      async saveCuration(uid, documentId, body) {
        const url = `${ROOT}/curations/${uid}/${documentId}`;
        return (await saving.put<SaveCurationResponse>(url, body)).data.data;
      },
      async addPin(uid, documentId, body) {
        await saving.post(`${ROOT}/curations/${uid}/${documentId}/pins`, body);
      },
      async findOverview(signal) {
        return (await get<FindOverviewResponse>(`${ROOT}/overview`, { signal })).data.data;
      },
      async findOverviewEntries(uid, query, signal) {
        const options = { params: query, signal };
        return (await get<FindOverviewEntriesResponse>(`${ROOT}/overview/${uid}`, options)).data;
      },
      async findMap(uid, query, signal) {
        const options = { params: paramsOf(query), signal };
        return (await get<FindMapResponse>(`${ROOT}/overview/${uid}/map`, options)).data;
      },
      async exportOverview(uid, query) {
        const options = { params: { ...query, format: 'csv' } };
        return (await get<OverviewFileResponse>(`${ROOT}/overview/${uid}`, options)).data.data.csv;
      },
      async decide(uid, body) {
        return (await saving.post<DecideResponse>(`${ROOT}/overview/${uid}/decisions`, body)).data
          .data;
      },
      async rebuild() {
        await saving.post(`${ROOT}/rebuild`, {});
      },
      async findSettingTypes() {
        return (await get<FindSettingTypesResponse>(`${ROOT}/settings`)).data.data;
      },
      async findSettings(uid) {
        return (await get<FindSettingsResponse>(`${ROOT}/settings/${uid}`)).data.data;
      },
      async saveSettings(uid, body) {
        return (await saving.put<FindSettingsResponse>(`${ROOT}/settings/${uid}`, body)).data.data;
      },
      async previewSettings(uid, body, signal) {
        const url = `${ROOT}/settings/${uid}/preview`;
        return (await post<PreviewResponse>(url, body, { signal })).data.data;
      },
      async tune(uid, body) {
        return (await post<TuneResponse>(`${ROOT}/settings/${uid}/tuning`, body)).data.data;
      },
    };
  }, [get, post]);
}

/** The configured content types. Bound to no component: whoever asks first may be gone before the answer comes. */
export async function findTypes(): Promise<FindTypesResponse['data']> {
  return (await getFetchClient().get<FindTypesResponse>(`${ROOT}/types`)).data.data;
}

/** What the content manager's list shows of some entries. Bound to no component, as all cells share one answer. */
export async function findListFacts(
  uid: string,
  body: FindListFactsRequest,
): Promise<FindListFactsResponse['data']> {
  const url = `${ROOT}/overview/${uid}/facts`;
  return (await getFetchClient().post<FindListFactsResponse>(url, body)).data.data;
}

/** The HTTP status of a call that failed; `undefined` when there was no answer at all. */
export function statusOf(error: unknown): number | undefined {
  const { status, response } = error as {
    status?: number;
    response?: { data?: { error?: { status?: number } } };
  };
  return status ?? response?.data?.error?.status;
}
