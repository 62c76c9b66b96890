import { IconButton, Menu } from '@strapi/design-system';
import { ArrowDown, ArrowUp, Duplicate, ExternalLink, EyeStriked, Link, More } from '@strapi/icons';
import { useNotification } from '@strapi/strapi/admin';

import type { PanelRow } from '../../../shared/contracts';
import type { Curating } from './useCuration';
import { exclude } from './decisions';
import { useFormat } from '../shared/format';
import { copyText, markdownLink, targetOf, type Target } from '../shared/links';
import { pathOf } from '../shared/titles';

interface RowMenuProps {
  uid: string;
  locale?: string;
  row: PanelRow;
  title: string;
  curation: Curating | null;
  insert: ((target: Target) => void) | null;
  moveUp: (() => void) | null;
  moveDown: (() => void) | null;
}

/** What else can be done with a row. */
export function RowMenu(props: RowMenuProps) {
  const { uid, locale, row, title, curation, insert, moveUp, moveDown } = props;
  const format = useFormat();
  const { toggleNotification } = useNotification();
  const target = targetOf(row);
  const isKnown = row.state !== 'masked' && row.state !== 'deleted';
  const tell = (message: string) => toggleNotification({ type: 'info', message });

  const openInTab = () => {
    // The admin panel may be served under any path.
    const [admin] = window.location.pathname.split('/content-manager');
    window.open(`${admin}${pathOf(uid, row.reference, locale)}`, '_blank', 'noopener');
  };
  const copyLink = async (link: Target) => {
    const done = await copyText(markdownLink(link));
    tell(format(done ? 'done.copied' : 'failed.copy'));
  };
  if (!curation && !isKnown) return null;
  return (
    <Menu.Root>
      <Menu.Trigger
        tag={IconButton}
        size="XS"
        variant="ghost"
        icon={<More />}
        label={format('action.more', { title })}
        endIcon={null}
      />
      <Menu.Content popoverPlacement="bottom-end">
        {curation && (
          <Menu.Item
            startIcon={<EyeStriked />}
            disabled={curation.isBusy}
            onSelect={() =>
              curation.apply(exclude(row.reference), format('done.excluded', { title }))
            }
          >
            {format('action.exclude')}
          </Menu.Item>
        )}
        {curation && moveUp && (
          <Menu.Item startIcon={<ArrowUp />} disabled={curation.isBusy} onSelect={moveUp}>
            {format('action.moveUp')}
          </Menu.Item>
        )}
        {curation && moveDown && (
          <Menu.Item startIcon={<ArrowDown />} disabled={curation.isBusy} onSelect={moveDown}>
            {format('action.moveDown')}
          </Menu.Item>
        )}
        {isKnown && (
          <Menu.Item startIcon={<ExternalLink />} onSelect={openInTab}>
            {format('action.open')}
          </Menu.Item>
        )}
        {target && (
          <Menu.Item startIcon={<Duplicate />} onSelect={() => void copyLink(target)}>
            {format('action.copy')}
          </Menu.Item>
        )}
        {target && insert && (
          <Menu.Item
            startIcon={<Link />}
            onSelect={() => {
              insert(target);
              tell(format('done.inserted', { title }));
            }}
          >
            {format('action.insert')}
          </Menu.Item>
        )}
      </Menu.Content>
    </Menu.Root>
  );
}
