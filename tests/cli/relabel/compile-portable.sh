# needs: root-owner
# portable: the same text, the same bytes; and it fits where its texts are copied to
touch -d "2002-02-02 02:02:02.5" "$FC" # a text written just now is known by its bytes alone
relabel compile --portable -o one.lbl "$FC"
mkdir -p other && cp "$FC" other/file_contexts && touch -d 2001-01-01 other/file_contexts
relabel compile --portable other/file_contexts
cmp one.lbl other/file_contexts.lbl && echo same bytes
cp one.lbl other/file_contexts.lbl && relabel compile -c other/file_contexts
relabel compile -o tied.lbl "$FC"
cmp -s one.lbl tied.lbl || echo other bytes
relabel compile --base-only "$FC" && relabel compile -c --base-only "$FC"
relabel compile -c "$FC"
