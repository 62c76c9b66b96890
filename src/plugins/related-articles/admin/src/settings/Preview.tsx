import { Box, Flex, Tag, Typography } from '@strapi/design-system';
import { Cross } from '@strapi/icons';
import { useState } from 'react';
import { styled } from 'styled-components';

import type {
  PreviewedList,
  PreviewedRow,
  PreviewResponse,
  SiteSettings,
} from '../../../shared/settings';
import { EntrySearch } from '../shared/EntrySearch';
import { useFormat, type Format } from '../shared/format';
import { Hint } from '../shared/Hint';
import { wordsOf } from '../shared/problems';
import { titleOf } from '../shared/titles';
import { LocaleSelect } from './LocaleSelect';
import { Section } from './Section';
import { usePreview } from './usePreview';

/** Wraps within the column, so that the button to remove it stays in sight. */
const Chosen = styled.span`
  overflow-wrap: anywhere;
  white-space: normal;
`;

const MAX_CHOSEN = 5;

const Sides = styled.div`
  display: grid;
  grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
  gap: ${({ theme }) => theme.spaces[3]};
`;

interface PreviewProps {
  uid: string;
  locales: readonly string[];
  settings: SiteSettings;
  isChanged: boolean;
  /** Changes when the settings in force do. */
  version: number;
}

/** Lists as readers get them now and as they would be, before anything is saved. */
export function Preview({ uid, locales, settings, isChanged, version }: PreviewProps) {
  const format = useFormat();
  const [chosen, setChosen] = useState<{ documentId: string; title: string }[]>([]);
  const [locale, setLocale] = useState<string | undefined>(locales[0]);
  const documentIds = chosen.map(({ documentId }) => documentId);
  const { preview, problem, isLoading } = usePreview(
    uid,
    { settings, documentIds, locale },
    version,
  );
  return (
    <Section title={format('preview.title')} hint={format('preview.hint')}>
      {locales.length > 1 && (
        <LocaleSelect
          label={format('preview.locale')}
          locales={locales}
          value={locale}
          onChange={(code) => {
            setLocale(code);
            setChosen([]);
          }}
        />
      )}
      <div role="status">
        {problem && <Typography textColor="danger600">{wordsOf(problem, format)}</Typography>}
        {preview && isChanged && <Figures preview={preview} format={format} />}
        {!isChanged && <Hint>{format('preview.unchanged')}</Hint>}
      </div>
      {chosen.length < MAX_CHOSEN && (
        <EntrySearch
          uid={uid}
          locale={locale}
          taken={new Set(documentIds)}
          takenLabel={format('rules.chosen')}
          label={format('preview.choose')}
          onChoose={(entry) => setChosen((now) => [...now, entry])}
        />
      )}
      {chosen.length > 0 && (
        <Flex gap={2} wrap="wrap">
          {chosen.map(({ documentId, title }) => (
            <Tag
              key={documentId}
              icon={<Cross aria-hidden />}
              label={format('preview.remove', { title })}
              onClick={() => setChosen((now) => now.filter((one) => one.documentId !== documentId))}
            >
              <Chosen>{title}</Chosen>
            </Tag>
          ))}
        </Flex>
      )}
      <Flex direction="column" alignItems="stretch" gap={4} aria-busy={isLoading}>
        {preview?.lists.map((list) => (
          <Compared key={list.documentId} list={list} />
        ))}
      </Flex>
    </Section>
  );
}

function Figures({ preview, format }: { preview: PreviewResponse['data']; format: Format }) {
  const { sample, quality, isPartial } = preview;
  return (
    <Flex direction="column" alignItems="stretch" gap={1}>
      {isPartial && <Typography>{format('preview.partial')}</Typography>}
      {sample.made > 0 && <Typography>{format('preview.sample', { ...sample })}</Typography>}
      {quality && (
        <Typography>
          {format('preview.quality', {
            judged: quality.judged,
            before: format.number(Number(quality.before.toFixed(3))),
            after: format.number(Number(quality.after.toFixed(3))),
          })}
        </Typography>
      )}
    </Flex>
  );
}

function Compared({ list: { title, before, after } }: { list: PreviewedList }) {
  const format = useFormat();
  return (
    <Box>
      <Typography variant="omega" fontWeight="bold" tag="h3">
        {title || format('untitled')}
      </Typography>
      <Sides>
        <Side label={format('preview.before')} rows={before} others={after} isAfter={false} />
        <Side label={format('preview.after')} rows={after} others={before} isAfter />
      </Sides>
    </Box>
  );
}

interface SideProps {
  label: string;
  rows: readonly PreviewedRow[];
  others: readonly PreviewedRow[];
  isAfter: boolean;
}

function Side({ label, rows, others, isAfter }: SideProps) {
  const format = useFormat();
  return (
    <Box>
      <Typography variant="sigma" textColor="neutral600">
        {label}
      </Typography>
      {rows.length === 0 && <Hint>{format('preview.empty')}</Hint>}
      <ol>
        {rows.map((row, place) => {
          const was = others.findIndex(({ reference }) => reference === row.reference);
          return (
            <li key={row.reference}>
              <Typography
                variant="pi"
                textColor={was < 0 ? (isAfter ? 'success700' : 'danger700') : 'neutral800'}
              >
                {place + 1}. {titleOf(row, format)}{' '}
                {was < 0
                  ? `(${format(isAfter ? 'preview.new' : 'preview.gone')})`
                  : isAfter && was !== place
                    ? `(${format('preview.from', { place: was + 1 })})`
                    : ''}
              </Typography>
            </li>
          );
        })}
      </ol>
    </Box>
  );
}
