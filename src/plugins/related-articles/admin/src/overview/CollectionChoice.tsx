import { Box, SingleSelect, SingleSelectOption } from '@strapi/design-system';

import type { OverviewFigures } from '../../../shared/contracts';
import { useFormat } from '../shared/format';
import type { Place } from './usePlace';

interface CollectionChoiceProps {
  collections: readonly OverviewFigures[];
  figures: OverviewFigures;
  onChoose(change: Partial<Place>): void;
}

/** Lets the editor choose a content type and language. */
export function CollectionChoice({ collections, figures, onChoose }: CollectionChoiceProps) {
  const format = useFormat();
  const nameOf = ({ name, locale }: OverviewFigures) =>
    locale ? `${name}, ${format.language(locale)}` : name;
  return (
    <Box maxWidth="32rem">
      <SingleSelect
        aria-label={format('overview.choose')}
        value={String(collections.indexOf(figures))}
        onChange={(value) => {
          const { uid, locale } = collections[Number(value)];
          onChoose({ uid, locale, page: undefined });
        }}
      >
        {collections.map((one, at) => (
          <SingleSelectOption key={`${one.uid} ${one.locale}`} value={String(at)}>
            {nameOf(one)}
          </SingleSelectOption>
        ))}
      </SingleSelect>
    </Box>
  );
}
