import { Box, Flex, TextButton } from '@strapi/design-system';
import { ChevronDown, ChevronUp } from '@strapi/icons';
import { useId, useState, type ReactNode } from 'react';

interface DisclosureProps {
  label: string;
  /** Without children there is no button. */
  children: ReactNode;
  /** At the other end of the button's line. */
  beside?: ReactNode;
  /** For parents that control whether it is open; otherwise, it keeps that state itself. */
  isOpen?: boolean;
  onToggle?(isOpen: boolean): void;
}

/** A button that shows and hides what is below it. */
export function Disclosure({ label, children, beside, ...props }: DisclosureProps) {
  const [ownOpen, setOwnOpen] = useState(false);
  const { isOpen = ownOpen, onToggle = setOwnOpen } = props;
  const id = useId();
  return (
    <Box>
      <Flex justifyContent="space-between" gap={1}>
        {children ? (
          <TextButton
            aria-expanded={isOpen}
            aria-controls={id}
            style={{ textAlign: 'start', minHeight: '2.4rem' }}
            endIcon={isOpen ? <ChevronUp /> : <ChevronDown />}
            onClick={() => onToggle(!isOpen)}
          >
            {label}
          </TextButton>
        ) : (
          <span />
        )}
        {beside}
      </Flex>
      <Box id={id} hidden={!isOpen} paddingTop={1}>
        {isOpen && children}
      </Box>
    </Box>
  );
}
