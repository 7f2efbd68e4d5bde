import { z } from 'zod';

/**
 * Schemas otherwise find out, as they are made, whether they may compile themselves with `new Function`, which the page's
 * content security policy forbids and the browser reports. So this is imported before every module that makes one.
 */
z.config({ jitless: true });
