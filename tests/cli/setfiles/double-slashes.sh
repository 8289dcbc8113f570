setfiles -v -r "$T" "$FC" "$T//etc///ssh//" | sort
