using System;
using System.Collections.Generic;
using UnityEngine;

namespace UnityEditor
{
    public enum MessageType
    {
        None,
        Info,
        Warning,
        Error,
    }

    /// <summary>What it draws can be read.</summary>
    public static class EditorGUILayout
    {
        internal static readonly List<string> Drawn = new List<string>();

        public static void LabelField(string label, params GUILayoutOption[] options)
        {
            Drawn.Add(label);
        }

        public static void LabelField(string label, string label2, params GUILayoutOption[] options)
        {
            Drawn.Add(label + ": " + label2);
        }

        public static void HelpBox(string message, MessageType type)
        {
            Drawn.Add(message);
        }

        public static int Popup(string label, int selectedIndex, string[] displayedOptions, params GUILayoutOption[] options)
        {
            Drawn.Add(string.Join(",", displayedOptions));
            return selectedIndex;
        }

        public static string TextField(string label, string text, params GUILayoutOption[] options)
        {
            return text;
        }

        public static Vector2 BeginScrollView(Vector2 scrollPosition, params GUILayoutOption[] options)
        {
            return scrollPosition;
        }

        public static void EndScrollView()
        {
        }

        public static bool PropertyField(SerializedProperty property, params GUILayoutOption[] options)
        {
            return false;
        }
    }

    public static class EditorGUI
    {
        public static void BeginChangeCheck()
        {
        }

        public static bool EndChangeCheck()
        {
            return false;
        }

        public static void BeginDisabledGroup(bool disabled)
        {
        }

        public static void EndDisabledGroup()
        {
        }
    }

    public class EditorWindow : ScriptableObject
    {
        public static T GetWindow<T>(string title) where T : EditorWindow, new()
        {
            return new T();
        }

        public void Repaint()
        {
        }
    }

    public static class EditorPrefs
    {
        internal static readonly Dictionary<string, string> Values = new Dictionary<string, string>();

        public static string GetString(string key, string defaultValue)
        {
            string found;
            return Values.TryGetValue(key, out found) ? found : defaultValue;
        }

        public static void SetString(string key, string value)
        {
            Values[key] = value;
        }
    }
}
