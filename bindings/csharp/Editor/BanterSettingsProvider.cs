using System.Collections.Generic;
using System.IO;
using Banter;
using UnityEditor;
using UnityEngine;

namespace BanterEditor
{
    /// <summary>Edit > Project Settings > Banter: the server's address and the app's number.</summary>
    internal static class BanterSettingsProvider
    {
        const string Folder = "Assets/Resources";

        [SettingsProvider]
        static SettingsProvider Create()
        {
            return new SettingsProvider("Project/Banter", SettingsScope.Project)
            {
                label = "Banter",
                guiHandler = search => Draw(),
                keywords = new HashSet<string> { "Banter", "chat", "server", "app id" },
            };
        }

        static void Draw()
        {
            var settings = BanterSettings.Load();
            if (settings == null)
            {
                EditorGUILayout.HelpBox("This project has no settings for Banter yet.", MessageType.Info);
                if (GUILayout.Button("Make " + AssetPath)) Make();
                return;
            }
            var fields = new SerializedObject(settings);
            foreach (var name in new[] { "serverUrl", "appId", "budgetMicroseconds" })
            {
                EditorGUILayout.PropertyField(fields.FindProperty(name));
            }
            fields.ApplyModifiedProperties();
        }

        internal static string AssetPath
        {
            get { return Folder + "/" + BanterSettings.ResourceName + ".asset"; }
        }

        /// <summary>Makes the asset with its defaults.</summary>
        internal static BanterSettings Make()
        {
            Directory.CreateDirectory(Folder);
            var settings = ScriptableObject.CreateInstance<BanterSettings>();
            AssetDatabase.CreateAsset(settings, AssetPath);
            AssetDatabase.SaveAssets();
            return settings;
        }
    }
}
