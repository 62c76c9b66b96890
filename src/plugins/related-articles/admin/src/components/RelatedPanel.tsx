import { Button, Flex, Loader, Typography } from '@strapi/design-system';
import { useQueryParams } from '@strapi/strapi/admin';
import type { PanelComponent } from '@strapi/content-manager/strapi-admin';
import { useIntl } from 'react-intl';

import type { FindSuggestionsResponse } from '../../../shared/contracts';
import { PLUGIN_ID } from '../pluginId';
import { useFindSuggestionsQuery } from '../services/api';
import type { Format } from '../utils/reasons';
import { SuggestionRow } from './SuggestionRow';

interface LocaleQuery {
  plugins?: { i18n?: { locale?: string } };
}

function useFormat(): Format {
  const { formatMessage } = useIntl();
  return (id, values) => formatMessage({ id: `${PLUGIN_ID}.${id}` }, values);
}

/** In the side of an entry's edit view: what readers are offered next to it, as it is saved now. */
export const RelatedPanel: PanelComponent = ({ model, documentId, collectionType }) => {
  const format = useFormat();
  const [{ query }] = useQueryParams<LocaleQuery>();
  const locale = query.plugins?.i18n?.locale;
  const result = useFindSuggestionsQuery(
    { uid: model, documentId: documentId ?? '', locale },
    { skip: !documentId || collectionType !== 'collection-types' },
  );

  const failed = statusOf(result.error);
  // Not one of the configured types, or not for this editor: no panel rather than an empty one.
  if (failed === 404 || failed === 403) return null;
  return {
    title: format('panel.title'),
    content: (
      <PanelContent
        isNew={!documentId}
        isLoading={result.isLoading}
        hasFailed={result.isError}
        onRetry={() => void result.refetch()}
        response={result.data}
        hrefOf={(id) => hrefOf(model, id, locale)}
        format={format}
      />
    ),
  };
};

interface PanelContentProps {
  isNew: boolean;
  isLoading: boolean;
  hasFailed: boolean;
  onRetry: () => void;
  response?: FindSuggestionsResponse;
  hrefOf: (documentId: string) => string;
  format: Format;
}

function PanelContent({
  isNew,
  isLoading,
  hasFailed,
  onRetry,
  response,
  hrefOf,
  format,
}: PanelContentProps) {
  if (isNew) return <Hint text={format('panel.new')} />;
  if (isLoading) return <Loader small>{format('panel.loading')}</Loader>;
  if (hasFailed || !response) {
    return (
      <Flex direction="column" alignItems="flex-start" gap={2}>
        <Hint text={format('panel.error')} />
        <Button variant="tertiary" size="S" onClick={onRetry}>
          {format('panel.retry')}
        </Button>
      </Flex>
    );
  }
  const { data, meta } = response;
  return (
    <Flex direction="column" alignItems="stretch" gap={2} width="100%">
      {meta.index && <Hint text={format('panel.building', meta.index)} />}
      {data.length === 0 && !meta.index && <Hint text={format('panel.empty')} />}
      <Flex tag="ol" direction="column" alignItems="stretch" gap={2}>
        {data.map((suggestion) => (
          <SuggestionRow
            key={suggestion.documentId}
            suggestion={suggestion}
            href={hrefOf(suggestion.documentId)}
            format={format}
          />
        ))}
      </Flex>
      {meta.total > data.length && (
        <Hint text={format('panel.more', { count: meta.total - data.length })} />
      )}
    </Flex>
  );
}

function Hint({ text }: { text: string }) {
  return (
    <Typography variant="omega" textColor="neutral600">
      {text}
    </Typography>
  );
}

function hrefOf(model: string, documentId: string, locale: string | undefined): string {
  const path = `/content-manager/collection-types/${model}/${documentId}`;
  return locale ? `${path}?plugins[i18n][locale]=${locale}` : path;
}

function statusOf(error: unknown): number | undefined {
  return (error as { status?: number } | undefined)?.status;
}
