using Banter;
using UnityEditor;

namespace BanterEditor
{
    /// <summary>Ends every client when a play stops, before the domain is reloaded, and when the editor quits:
    /// native code that called a domain that is gone would end the editor.</summary>
    [InitializeOnLoad]
    internal static class EditorLife
    {
        static EditorLife()
        {
            AssemblyReloadEvents.beforeAssemblyReload += End;
            EditorApplication.quitting += End;
            EditorApplication.playModeStateChanged += OnPlayModeChanged;
            EditorApplication.update += Update;
            BanterClient.TicketWatcher = Monitors.NoteTicket;
            BanterSettings.Route = EditorLink.Route;
        }

        /// <summary>Ends what the play, or an editor's own tool, has begun.</summary>
        static void End()
        {
            UnityLife.End();
            EditorLink.Close();
        }

        /// <summary>At the edges of both modes. The second time a play ends is for what its objects began
        /// while they were destroyed.</summary>
        static void OnPlayModeChanged(PlayModeStateChange change)
        {
            if (change != PlayModeStateChange.EnteredPlayMode) End();
            if (change == PlayModeStateChange.ExitingEditMode) Monitors.Clear();
        }

        static void Update()
        {
            Monitors.Refresh();
            // While a game plays its updater pumps; in edit mode there is none.
            if (!EditorApplication.isPlaying) UnityLife.Pump(BanterSettings.DefaultBudgetMicroseconds);
        }
    }
}
