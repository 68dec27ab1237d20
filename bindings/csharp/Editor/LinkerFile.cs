using System.IO;
using UnityEditor.Build;
using UnityEditor.Build.Reporting;
using UnityEditor.UnityLinker;

namespace BanterEditor
{
    /// <summary>Gives the package's link.xml to the linker, which by itself looks into Assets alone: without
    /// it, what only reflection and native code use would be stripped.</summary>
    internal sealed class LinkerFile : IUnityLinkerProcessor
    {
        const string LinkXml = "Packages/com.banter.chat/Runtime/link.xml";

        public int callbackOrder
        {
            get { return 0; }
        }

        public string GenerateAdditionalLinkXmlFile(BuildReport report, UnityLinkerBuildPipelineData data)
        {
            var file = Path.GetFullPath(LinkXml); // the editor knows where packages are
            return File.Exists(file) ? file : null; // copied into Assets, it is found there
        }
    }
}
