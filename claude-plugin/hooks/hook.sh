# Ends at once where there is nothing to say: in a worker of a run, without runs, without node. What reads the runs is hook.mjs.
[ -z "$PLEACH_RUN" ] || exit 0
[ -d "${CLAUDE_PROJECT_DIR:-.}/.ce-workspace" ] || exit 0
command -v node > /dev/null 2>&1 || exit 0
exec node "${0%/*}/hook.mjs" "$1"
