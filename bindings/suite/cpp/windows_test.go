package cpp

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A package for Windows has a DLL and an import library. Here they are linked, not run: the
// library that stands in for the real one is made of the export list alone.
func TestCMakePackageForWindowsLinks(t *testing.T) {
	has(t, "cmake", "x86_64-w64-mingw32-g++-posix", "x86_64-w64-mingw32-dlltool")
	pkg := installPackage(t, windowsProduct(t))
	game := copyExample(t, pkg)
	built := filepath.Join(game, "build")
	run(t, game, nil, "cmake", "-S", game, "-B", built, "-DCMAKE_PREFIX_PATH="+pkg, "-DCMAKE_SYSTEM_NAME=Windows",
		"-DCMAKE_C_COMPILER=x86_64-w64-mingw32-gcc-posix", "-DCMAKE_CXX_COMPILER=x86_64-w64-mingw32-g++-posix",
		"-DCMAKE_FIND_ROOT_PATH_MODE_PACKAGE=BOTH")
	run(t, game, nil, "cmake", "--build", built, "--parallel", "2")
	require.FileExists(t, filepath.Join(built, "hello.exe"))
	require.FileExists(t, filepath.Join(built, "ImSDK.dll"), "beside the program")
}

// windowsProduct is a folder as scripts/build makes it for Windows, without what is inside the
// library.
func windowsProduct(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	lib := filepath.Join(dir, "lib")
	require.NoError(t, os.CopyFS(filepath.Join(dir, "include"), os.DirFS(filepath.Join(root(t), "capi", "include"))))
	require.NoError(t, os.MkdirAll(lib, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(lib, "ImSDK.dll"), []byte("not a DLL"), 0o600))
	run(t, dir, nil, "x86_64-w64-mingw32-dlltool", "-d", filepath.Join(root(t), "build", "ImSDK.def"), "-D", "ImSDK.dll",
		"-l", filepath.Join(lib, "ImSDK.lib"))
	return dir
}
