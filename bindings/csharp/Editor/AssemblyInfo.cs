using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Banter.Editor.Tests")]
