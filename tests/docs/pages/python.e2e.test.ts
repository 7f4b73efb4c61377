/** The guide for Python; python itself is played. */
import { followPage } from "../follow-page.ts";

const python = `mkdir -p .venv/bin
cat > .venv/bin/python <<'END'
#!/bin/sh
grep -q "^def " shop.py
END
chmod +x .venv/bin/python`;

followPage("docs/guides/python.md", {
  repository: { "shop.py": "def price():\n    return 1\n", ".gitignore": ".venv\n" },
  programs: { python3: python },
});
