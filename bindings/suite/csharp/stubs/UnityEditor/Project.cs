using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using UnityEngine;

namespace UnityEditor
{
    public enum SettingsScope
    {
        User,
        Project,
    }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class SettingsProviderAttribute : Attribute
    {
    }

    public class SettingsProvider
    {
        public SettingsProvider(string path, SettingsScope scopes)
        {
            settingsPath = path;
        }

        public string settingsPath { get; private set; }
        public string label { get; set; }
        public Action<string> guiHandler { get; set; }
        public IEnumerable<string> keywords { get; set; }
    }

    public sealed class SerializedProperty
    {
    }

    /// <summary>It has those fields that are marked to be serialized, and no others.</summary>
    public class SerializedObject
    {
        readonly UnityEngine.Object target;

        public SerializedObject(UnityEngine.Object obj)
        {
            target = obj;
        }

        public SerializedProperty FindProperty(string propertyPath)
        {
            var field = target.GetType().GetField(propertyPath, BindingFlags.Instance | BindingFlags.NonPublic);
            if (field == null || !field.IsDefined(typeof(SerializeField))) throw new MissingFieldException(propertyPath);
            return new SerializedProperty();
        }

        public bool ApplyModifiedProperties()
        {
            return false;
        }
    }

    public static class AssetDatabase
    {
        public static void CreateAsset(UnityEngine.Object asset, string path)
        {
            Engine.Assets[Path.GetFileNameWithoutExtension(path)] = asset;
        }

        public static void SaveAssets()
        {
        }
    }
}

namespace UnityEditor.Build
{
    public interface IOrderedCallback
    {
        int callbackOrder { get; }
    }

    public interface IUnityLinkerProcessor : IOrderedCallback
    {
        string GenerateAdditionalLinkXmlFile(Reporting.BuildReport report, UnityLinker.UnityLinkerBuildPipelineData data);
    }
}

namespace UnityEditor.Build.Reporting
{
    public class BuildReport
    {
    }
}

namespace UnityEditor.UnityLinker
{
    public class UnityLinkerBuildPipelineData
    {
    }
}
