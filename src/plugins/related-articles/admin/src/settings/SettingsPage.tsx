import {
  Box,
  Button,
  Flex,
  Main,
  SingleSelect,
  SingleSelectOption,
  Typography,
} from '@strapi/design-system';
import { Layouts, Page } from '@strapi/strapi/admin';
import { useEffect, useState, type ReactNode } from 'react';
import { styled } from 'styled-components';

import type { FindSettingTypesResponse } from '../../../shared/settings';
import { useApi } from '../api';
import { PageTabs } from '../pages/PageTabs';
import { Failed } from '../shared/Failed';
import { useFormat } from '../shared/format';
import { Hint } from '../shared/Hint';
import { Notices } from '../shared/Notices';
import { problemOf, wordsOf, type Problem } from '../shared/problems';
import { useLastNotice } from '../shared/useLastNotice';
import { Leaving } from './Leaving';
import { areNumbersRight, ListForm } from './ListForm';
import { Preview } from './Preview';
import { RulesForm } from './RulesForm';
import { SettingsHistory } from './SettingsHistory';
import { Tuning } from './Tuning';
import { cleaned, useSettings } from './useSettings';

type Type = FindSettingTypesResponse['data'][number];

const Columns = styled.div`
  display: grid;
  grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
  align-items: start;
  gap: ${({ theme }) => theme.spaces[6]};
  @media (max-width: 1100px) {
    grid-template-columns: minmax(0, 1fr);
  }
`;

/** The settings of each content type's lists, with a preview next to them. */
export function SettingsPage() {
  const format = useFormat();
  const { findSettingTypes } = useApi();
  const [types, setTypes] = useState<Type[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [uid, setUid] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    findSettingTypes().then(
      (found) => {
        setTypes(found);
        setProblem(null);
      },
      (error) => setProblem(problemOf(error)),
    );
  }, [attempt, findSettingTypes]);
  const type = types?.find((one) => one.uid === uid) ?? types?.[0];
  return (
    <Main>
      <Page.Title>{format('settings.title')}</Page.Title>
      {type ? (
        <TypeSettings
          key={type.uid}
          type={type}
          choose={(isDisabled) =>
            types && types.length > 1 ? (
              <Choice types={types} type={type} isDisabled={isDisabled} onChoose={setUid} />
            ) : null
          }
        />
      ) : (
        <>
          <Layouts.Header title={format('settings.title')} subtitle={format('settings.subtitle')} />
          <Layouts.Content>
            <PageTabs />
            {problem && (
              <Failed text={wordsOf(problem, format)} retry={() => setAttempt(attempt + 1)} />
            )}
            {types?.length === 0 && <Typography>{format('settings.noTypes')}</Typography>}
          </Layouts.Content>
        </>
      )}
    </Main>
  );
}

/** Stays in sight while the editor changes something further down. */
const Beside = styled.div`
  @media (min-width: 1101px) {
    position: sticky;
    top: 8.8rem;
    max-height: calc(100vh - 11rem);
    overflow-y: auto;
  }
`;

interface ChoiceProps {
  types: readonly Type[];
  type: Type;
  /** While there are unsaved changes: switching to another type would lose them. */
  isDisabled: boolean;
  onChoose(uid: string): void;
}

function Choice({ types, type, isDisabled, onChoose }: ChoiceProps) {
  const format = useFormat();
  return (
    <Box maxWidth="32rem">
      <SingleSelect
        aria-label={format('settings.type')}
        value={type.uid}
        disabled={isDisabled}
        onChange={(value) => onChoose(String(value))}
      >
        {types.map(({ uid, name }) => (
          <SingleSelectOption key={uid} value={uid}>
            {name}
          </SingleSelectOption>
        ))}
      </SingleSelect>
    </Box>
  );
}

interface TypeSettingsProps {
  type: Type;
  choose(isDisabled: boolean): ReactNode;
}

function TypeSettings({ type, choose }: TypeSettingsProps) {
  const format = useFormat();
  const settings = useSettings(type.uid);
  const { found, draft, isChanged, isSaving, isAllSent, problem, change } = settings;
  const { notice, say, dismiss } = useLastNotice();
  const [isRuleOpen, setRuleOpen] = useState(false);
  const save = async () => {
    const result = await settings.save();
    if (result === 'saved') say('success', format('settings.saved'));
    else if (result === 'conflict') {
      const again = () => {
        dismiss();
        settings.load();
      };
      say('warning', format('settings.conflict'), <Button variant="tertiary" onClick={again}>{format('settings.reload')}</Button>); // prettier-ignore
    } else say('danger', format('failed', { reason: wordsOf(result, format) }));
  };
  const isSet = found !== null && Object.keys(cleaned(draft)).length > 0;
  return (
    <>
      <Layouts.Header
        title={format('settings.title')}
        subtitle={format('settings.subtitle')}
        primaryAction={
          <Flex gap={2} wrap="wrap">
            <Button variant="tertiary" disabled={!isChanged || isSaving} onClick={settings.discard}>
              {format('settings.discard')}
            </Button>
            <Button
              disabled={!isChanged || isSaving || !areNumbersRight(draft)}
              loading={isSaving}
              onClick={() => void save()}
            >
              {format('settings.save')}
            </Button>
          </Flex>
        }
      />
      <Layouts.Content>
        <Flex direction="column" alignItems="stretch" gap={5} paddingBottom={8}>
          <PageTabs />
          {choose(isChanged || isRuleOpen)}
          {problem && <Failed text={wordsOf(problem, format)} retry={settings.load} />}
          {found?.mistake && (
            <Typography textColor="danger600">
              {format('settings.mistake', { reason: found.mistake })}
            </Typography>
          )}
          {found && (
            <Columns>
              <Flex direction="column" alignItems="stretch" gap={5}>
                <ListForm found={found} draft={draft} change={change} />
                <RulesForm
                  uid={type.uid}
                  locales={type.locales}
                  found={found}
                  draft={draft}
                  change={change}
                  onOpen={setRuleOpen}
                />
                <Tuning
                  uid={type.uid}
                  isFixed={found.hasWeightsFile}
                  parts={draft.parts}
                  onApply={(parts) => change({ parts })}
                />
                <Flex gap={4} wrap="wrap">
                  <Button
                    variant="danger-light"
                    disabled={!isSet}
                    onClick={() => {
                      for (const key of Object.keys(draft)) change({ [key]: undefined });
                    }}
                  >
                    {format('settings.reset')}
                  </Button>
                  <SettingsHistory
                    history={found.history}
                    onRestore={(before) => {
                      for (const key of Object.keys(draft)) change({ [key]: undefined });
                      change(before);
                    }}
                  />
                </Flex>
                <Hint>{format('settings.about')}</Hint>
              </Flex>
              <Beside>
                <Preview
                  uid={type.uid}
                  locales={type.locales}
                  settings={cleaned(draft)}
                  isChanged={isChanged}
                  version={found.revision}
                />
              </Beside>
            </Columns>
          )}
        </Flex>
      </Layouts.Content>
      <Leaving isChanged={isChanged || isRuleOpen} isSaving={isAllSent && !isRuleOpen} />
      <Notices notice={notice} />
    </>
  );
}
