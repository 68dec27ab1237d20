using System;
using System.Threading.Tasks;
using Banter;
using UnityEditor;
using UnityEngine;

namespace BanterEditor
{
    /// <summary>Window > Banter: what the clients of this play do, and what happens to players, at the press of
    /// a button. It never shows a ticket.</summary>
    internal sealed class BanterWindow : EditorWindow
    {
        const string RestKey = "Banter.DevRest";
        const string UserKey = "Banter.TestUser";
        const int TicketSeconds = 24 * 60 * 60;
        static readonly TimeSpan cutTime = TimeSpan.FromSeconds(30);

        int chosen;
        string rest, user;
        string said = "";
        Vector2 scroll;

        // What is drawn changes with a layout alone: the events after it must find what it laid out.
        ClientMonitor[] monitors = new ClientMonitor[0];
        string[] lines = new string[0];
        string shown = "";

        [MenuItem("Window/Banter")]
        static void Open()
        {
            GetWindow<BanterWindow>("Banter");
        }

        void OnEnable()
        {
            rest = EditorPrefs.GetString(RestKey, "http://127.0.0.1:7001");
            user = EditorPrefs.GetString(UserKey, "alice");
        }

        void OnInspectorUpdate() // ten times a second
        {
            Repaint();
        }

        void OnGUI()
        {
            if (Event.current.type == EventType.Layout) Look();
            if (monitors.Length == 0)
            {
                EditorGUILayout.HelpBox("No client yet: play a scene that uses Banter, or begin one here.", MessageType.Info);
                Button("Begin with the project's settings", () => BanterClient.Default.InitAsync(null));
                Say();
                return;
            }
            var names = new string[monitors.Length];
            for (var i = 0; i < names.Length; i++) names[i] = (i + 1) + " " + StateReport.NameOf(monitors[i]);
            chosen = EditorGUILayout.Popup("Client", chosen, names);
            ShowState(monitors[chosen]);
            ShowButtons(monitors[chosen]);
            Say();
            ShowEvents();
        }

        void Look()
        {
            monitors = Monitors.ToArray();
            chosen = Mathf.Clamp(chosen, 0, Mathf.Max(0, monitors.Length - 1));
            lines = monitors.Length == 0 ? new string[0] : monitors[chosen].Log.ToArray();
            shown = said;
        }

        static void ShowState(ClientMonitor monitor)
        {
            foreach (var line in StateReport.Lines(monitor)) EditorGUILayout.LabelField(line.Key, line.Value);
        }

        void ShowButtons(ClientMonitor monitor)
        {
            EditorGUI.BeginChangeCheck();
            rest = EditorGUILayout.TextField("REST of banterd dev", rest);
            user = EditorGUILayout.TextField("Test user", user);
            if (EditorGUI.EndChangeCheck())
            {
                EditorPrefs.SetString(RestKey, rest);
                EditorPrefs.SetString(UserKey, user);
            }
            var settings = BanterSettings.Load();
            var server = new DevServer(rest, settings == null ? 0 : settings.AppId);
            Button("Log in as test user", () => server.LogInAsync(monitor.Client, user, TicketSeconds));
            Button("Expire the ticket now", () => server.ExpireAsync(monitor.Client));
            Button("Kick me", () => server.KickAsync(monitor.Client.LoginUserId));
            Button("Measure the round trip", monitor.MeasureAsync);
            EditorGUI.BeginDisabledGroup(!EditorLink.IsOpen || EditorLink.IsCut);
            if (GUILayout.Button(EditorLink.IsCut ? "The network is cut" : "Cut the network for 30 s")) EditorLink.Cut(cutTime);
            EditorGUI.EndDisabledGroup();
        }

        void ShowEvents()
        {
            scroll = EditorGUILayout.BeginScrollView(scroll);
            foreach (var line in lines) EditorGUILayout.LabelField(line);
            EditorGUILayout.EndScrollView();
        }

        /// <summary>Says how a button's work goes, and how it ends.</summary>
        async void Button(string name, Func<Task> work)
        {
            if (!GUILayout.Button(name)) return;
            said = name + "…";
            try
            {
                await work();
                said = name + ": done";
            }
            catch (Exception e)
            {
                said = name + ": " + e.Message;
            }
        }

        void Say()
        {
            if (shown != "") EditorGUILayout.HelpBox(shown, MessageType.None);
        }
    }
}
