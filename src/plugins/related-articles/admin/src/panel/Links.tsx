import { Box, Button, Flex, TextButton, Typography } from '@strapi/design-system';
import { Link as LinkIcon } from '@strapi/icons';
import { useNotification } from '@strapi/strapi/admin';
import { useState } from 'react';

import type { BrokenLink, LinkPlace, LinkProposal } from '../../../shared/contracts';
import { Disclosure } from '../shared/Disclosure';
import { Failed } from '../shared/Failed';
import { Hint } from '../shared/Hint';
import { useFormat } from '../shared/format';
import { withPhraseLinked, withTargetReplaced } from '../shared/links';
import { movedPlace } from '../shared/moved';
import type { FoundLinks } from './useLinks';

interface LinksProps {
  found: FoundLinks;
  /** Whether the last search for links failed. */
  isOld: boolean;
  refresh(): void;
  /** The text in the form. */
  body: unknown;
  change(body: unknown): void;
}

interface Inserted {
  reference: string;
  title: string;
  phrase: string;
  before: unknown;
  after: unknown;
}

/** Proposes what readers click most: links within the text. Only changes the form, and saves nothing itself. */
export function Links({ found, isOld, refresh, body, change }: LinksProps) {
  const { data, meta } = found.response;
  const format = useFormat();
  const { toggleNotification } = useNotification();
  const [isOpen, setOpen] = useState(false);
  /** The links that were fixed since the server last looked at the text. */
  const [mended, setMended] = useState<{ of: unknown; links: readonly BrokenLink[] }>();
  const [inserted, setInserted] = useState<readonly Inserted[]>([]);
  if (!meta.body) return null;
  const { format: kind, attribute } = meta.body;
  /** Returns its place in the current text; tells the editor if that cannot be known. */
  const placed = <P extends LinkPlace | BrokenLink>(place: P): P | null => {
    const moved = movedPlace(found.values[attribute], body, kind, place);
    if (!moved) lost();
    return moved;
  };
  const lost = () => {
    toggleNotification({ type: 'info', message: format('links.lost') });
    refresh();
  };

  const insert = ({ reference, title, url }: LinkProposal, place: LinkPlace) => {
    const now = placed(place);
    if (!now) return;
    const after = withPhraseLinked(body, kind, now, { title, url });
    if (after === null) return lost();
    change(after);
    setInserted((all) => [...all, { reference, title, phrase: place.phrase, before: body, after }]);
  };
  const takeBack = (link: Inserted) => {
    change(link.before);
    setInserted((all) => all.filter((other) => other !== link));
  };
  const last = inserted.at(-1);
  // Only if nothing else has been written since.
  const undoable = last && JSON.stringify(last.after) === JSON.stringify(body) ? last : null;
  const justMended = mended?.of === data ? mended.links : [];
  const done = new Set(inserted.map(({ reference }) => reference));
  const proposals = data.proposals.filter(({ reference }) => !done.has(reference));
  return (
    <Flex direction="column" alignItems="stretch" gap={2}>
      {(proposals.length > 0 || undoable) && (
        <Typography variant="sigma" textColor="neutral600" tag="h3">
          {format('links.title')}
        </Typography>
      )}
      {proposals.length > 0 && (
        <Disclosure
          label={format('links.count', { count: proposals.length })}
          // An undone link is proposed again: visibly, if the list was open.
          isOpen={isOpen}
          onToggle={setOpen}
        >
          <Flex tag="ul" direction="column" alignItems="stretch" gap={3}>
            {proposals.map((proposal) => (
              <Proposal
                key={proposal.reference}
                proposal={proposal}
                insert={(place) => insert(proposal, place)}
              />
            ))}
          </Flex>
        </Disclosure>
      )}
      {isOld && (proposals.length > 0 || data.broken.length > 0) && (
        <Failed text={format('links.old')} retry={refresh} />
      )}
      {undoable && (
        <Flex justifyContent="space-between" gap={2} role="status">
          <Hint>
            {format('links.inserted', { phrase: undoable.phrase, title: undoable.title })}
          </Hint>
          <TextButton style={{ minHeight: '2.4rem' }} onClick={() => takeBack(undoable)}>
            {format('links.undo')}
          </TextButton>
        </Flex>
      )}
      <BrokenLinks
        links={data.broken.filter((link) => !justMended.includes(link))}
        mend={(link) => {
          const now = placed(link);
          if (!now || !link.fix) return;
          const after = withTargetReplaced(body, kind, now, link.fix.url);
          if (after === null) return lost();
          change(after);
          setMended({ of: data, links: [...justMended, link] });
          const message = format('links.mended', { title: link.fix?.title ?? '' });
          toggleNotification({ type: 'success', message });
        }}
      />
    </Flex>
  );
}

interface ProposalProps {
  proposal: LinkProposal;
  insert(place: LinkPlace): void;
}

/** One link, at the phrase that fits best or at another one. */
function Proposal({ proposal: { title, places }, insert }: ProposalProps) {
  const format = useFormat();
  const [at, setAt] = useState(0);
  const place = places[Math.min(at, places.length - 1)];
  return (
    <Flex tag="li" direction="column" alignItems="stretch" gap={1}>
      <Typography variant="pi" textColor="neutral800" style={{ overflowWrap: 'anywhere' }}>
        {place.before}
        <strong>{place.phrase}</strong>
        {place.after}
      </Typography>
      <Hint>→ {title}</Hint>
      <Flex gap={2} wrap="wrap">
        <Button
          size="S"
          variant="tertiary"
          startIcon={<LinkIcon />}
          aria-label={format('links.insertTo', { phrase: place.phrase, title })}
          // The next one moves up under the mouse: a double click would insert it as well.
          onClick={(event) => event.detail < 2 && insert(place)}
        >
          {format('links.insert')}
        </Button>
        {places.length > 1 && (
          <TextButton
            style={{ minHeight: '2.4rem' }}
            aria-label={format('links.otherFor', { title })}
            onClick={() => setAt((at + 1) % places.length)}
          >
            {format('links.other')}
          </TextButton>
        )}
      </Flex>
    </Flex>
  );
}

/** Links to entries that readers do not get, each with the one that is probably meant. */
function BrokenLinks({
  links,
  mend,
}: {
  links: readonly BrokenLink[];
  mend(link: BrokenLink): void;
}) {
  const format = useFormat();
  if (links.length === 0) return null;
  return (
    <Box background="danger100" borderColor="danger200" hasRadius padding={2}>
      <Flex direction="column" alignItems="stretch" gap={2}>
        <Typography variant="pi" fontWeight="bold" tag="h3" textColor="neutral800">
          {format('links.broken', { count: links.length })}
        </Typography>
        <Flex tag="ul" direction="column" alignItems="stretch" gap={2}>
          {links.map((link) => (
            <Flex
              tag="li"
              key={`${link.path.join('.')} ${link.start}`}
              direction="column"
              alignItems="flex-start"
              gap={1}
            >
              <Typography variant="pi" textColor="neutral800" style={{ overflowWrap: 'anywhere' }}>
                <strong>{link.text || link.target}</strong>{' '}
                {format(`links.${link.reason}`, { target: link.target })}
              </Typography>
              {link.fix && (
                <TextButton
                  startIcon={<LinkIcon style={{ flex: 'none' }} />}
                  style={{ minHeight: '2.4rem', textAlign: 'start' }}
                  onClick={() => mend(link)}
                >
                  {format('links.fix', { title: link.fix.title })}
                </TextButton>
              )}
            </Flex>
          ))}
        </Flex>
      </Flex>
    </Box>
  );
}
