import { Page } from '@strapi/strapi/admin';
import { lazy, Suspense } from 'react';
import { Navigate, Route, Routes } from 'react-router-dom';

import { CHANGE_SETTINGS, SEE_OVERVIEW, usePages } from '../permissions';

const Overview = lazy(async () => ({
  default: (await import('../overview/OverviewPage')).OverviewPage,
}));
const ContentMap = lazy(async () => ({
  default: (await import('../map/MapPage')).MapPage,
}));
const Settings = lazy(async () => ({
  default: (await import('../settings/SettingsPage')).SettingsPage,
}));

/** All pages behind the menu's link. */
export function Pages() {
  const may = usePages();
  return (
    <Suspense fallback={<Page.Loading />}>
      <Routes>
        <Route
          index
          element={
            !may.overview && may.settings ? (
              <Navigate to="settings" replace />
            ) : (
              <Page.Protect permissions={SEE_OVERVIEW}>
                <Overview />
              </Page.Protect>
            )
          }
        />
        <Route
          path="map"
          element={
            <Page.Protect permissions={SEE_OVERVIEW}>
              <ContentMap />
            </Page.Protect>
          }
        />
        <Route
          path="settings"
          element={
            <Page.Protect permissions={CHANGE_SETTINGS}>
              <Settings />
            </Page.Protect>
          }
        />
        <Route path="*" element={<Navigate to="." replace />} />
      </Routes>
    </Suspense>
  );
}
