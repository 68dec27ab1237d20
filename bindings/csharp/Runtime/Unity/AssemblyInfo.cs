#if UNITY_5_3_OR_NEWER
using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Banter.Editor")]
[assembly: InternalsVisibleTo("Banter.Tests")]
[assembly: InternalsVisibleTo("Banter.Editor.Tests")]
#endif
