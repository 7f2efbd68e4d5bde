import { useState } from 'react';
import { applyTheme, savedTheme, type Theme, themes } from './theme.js';

const looks: Record<Theme, { sign: string; name: string }> = {
  system: { sign: '◐', name: 'as the system' },
  light: { sign: '○', name: 'light' },
  dark: { sign: '●', name: 'dark' },
};

export function ThemeSwitch() {
  const [theme, setTheme] = useState(savedTheme);
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] as Theme;
  return (
    <button
      type="button"
      className="button plain compact"
      aria-label={`Colours: ${looks[theme].name}. Change to ${looks[next].name}`}
      title={`Colours: ${looks[theme].name}`}
      onClick={() => {
        applyTheme(next);
        setTheme(next);
      }}
    >
      <span aria-hidden="true">{looks[theme].sign}</span>
    </button>
  );
}
