using System;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using UnityEngine;

[assembly: InternalsVisibleTo("Banter.Editor.Tests")]

namespace UnityEditor
{
    public enum PlayModeStateChange
    {
        EnteredEditMode,
        ExitingEditMode,
        EnteredPlayMode,
        ExitingPlayMode,
    }

    [AttributeUsage(AttributeTargets.Class)]
    public class InitializeOnLoadAttribute : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class MenuItem : Attribute
    {
        public MenuItem(string itemName)
        {
        }
    }

    public static class AssemblyReloadEvents
    {
        public delegate void AssemblyReloadCallback();

        public static event AssemblyReloadCallback beforeAssemblyReload;

        internal static void Raise()
        {
            if (beforeAssemblyReload != null) beforeAssemblyReload();
        }
    }

    public static class EditorApplication
    {
        public delegate void CallbackFunction();

        public static CallbackFunction update;

        public static event Action<PlayModeStateChange> playModeStateChanged;
        public static event Action quitting;

        public static bool isPlaying
        {
            get { return Application.isPlaying; }
        }

        internal static void Raise(PlayModeStateChange change)
        {
            if (playModeStateChanged != null) playModeStateChanged(change);
        }

        internal static void RaiseQuitting()
        {
            if (quitting != null) quitting();
        }
    }

    /// <summary>What a developer does in the editor.</summary>
    internal static class Hands
    {
        /// <summary>Loads the assemblies of the project's editor.</summary>
        internal static void Load()
        {
            foreach (var type in Assembly.Load("Banter.Editor").GetTypes().Where(t => t.IsDefined(typeof(InitializeOnLoadAttribute))))
            {
                RuntimeHelpers.RunClassConstructor(type.TypeHandle);
            }
        }

        internal static void Play(Action scene)
        {
            EditorApplication.Raise(PlayModeStateChange.ExitingEditMode);
            Engine.Play(scene);
            EditorApplication.Raise(PlayModeStateChange.EnteredPlayMode);
        }

        internal static void Stop()
        {
            EditorApplication.Raise(PlayModeStateChange.ExitingPlayMode);
            Engine.Quit();
            EditorApplication.Raise(PlayModeStateChange.EnteredEditMode);
        }

        /// <summary>Lets a moment pass, in a play or out of one.</summary>
        internal static void Tick()
        {
            if (EditorApplication.isPlaying) Engine.Frame();
            else Engine.RunContinuations();
            if (EditorApplication.update != null) EditorApplication.update();
        }
    }
}
