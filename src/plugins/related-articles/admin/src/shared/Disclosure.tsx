import { Box, Flex, TextButton } from '@strapi/design-system';
import { ChevronDown, ChevronUp } from '@strapi/icons';
import { useId, useState, type ReactNode } from 'react';

interface DisclosureProps {
  label: string;
  /** Without any there is no button. */
  children: ReactNode;
  /** At the other end of the button's line. */
  beside?: ReactNode;
}

/** A button that shows and hides what is below it. */
export function Disclosure({ label, children, beside }: DisclosureProps) {
  const [isOpen, setOpen] = useState(false);
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
            onClick={() => setOpen(!isOpen)}
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
